import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// What a data logger answers, without a socket.
@Suite struct DataloggerTests {
    static let identity = DeviceIdentity(plant: "park-a", device: "logger")
    static let configuration = DataloggerConfiguration(
        inverters: [
            .init(device: "inverter-1", ratedPowerWatts: 10_000), .init(device: "inverter-2", ratedPowerWatts: 5000),
        ],
        site: .munich)

    private func logger(at time: UnixTime = .summerNoon, registry: InverterRegistry = InverterRegistry()) -> Datalogger
    {
        Datalogger(
            Self.configuration, identity: Self.identity, registry: registry, clock: PlantClock { time })
    }

    /// The members of an answer in JSON, by path.
    private func json(_ answer: Datalogger.Answer, _ path: String...) throws -> Any {
        var value = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
        for name in path { value = try #require((value as? [String: Any])?[name], "\(name) in \(answer.body)") }
        return value
    }

    @Test("By day an inverter shows its AC values, at night none and the error that says why")
    func night() throws {
        let target =
            "/solar_api/v1/GetInverterRealtimeData.cgi?Scope=Device&DeviceId=2&DataCollection=CommonInverterData"
        let day = logger().answer(target: target)
        let power = try #require(try json(day, "Body", "Data", "PAC", "Value") as? Double)
        #expect(power > 4500 && power <= 5000)
        #expect(try json(day, "Body", "Data", "DeviceStatus", "StatusCode") as? Int == 7)
        #expect(try json(day, "Head", "RequestArguments", "DeviceId") as? String == "2")
        let night = logger(at: .summerNoon + 43_200).answer(target: target)
        let data = try #require(try json(night, "Body", "Data") as? [String: Any])
        #expect(Set(data.keys) == ["DAY_ENERGY", "DeviceStatus", "TOTAL_ENERGY", "UDC", "YEAR_ENERGY"])
        #expect(try json(night, "Body", "Data", "DeviceStatus", "ErrorCode") as? Int == 307)
        let flow = logger(at: .summerNoon + 43_200).answer(target: "/solar_api/v1/GetPowerFlowRealtimeData.fcgi")
        #expect(try json(flow, "Body", "Data", "Site", "P_PV") is NSNull)
    }

    @Test("The system's sums are those of its inverters, and a limit that one of them was given is seen")
    func sums() throws {
        let registry = InverterRegistry()
        let inverter = Inverter(ratedPowerWatts: 10_000, site: .munich, clock: PlantClock { .summerNoon })
        var controls = inverter.controls
        (controls.isLimited, controls.limitPercent) = (true, 20)
        inverter.set(controls)
        registry.set([inverter], for: DeviceIdentity(plant: "park-a", device: "inverter-1"))
        let logger = logger(registry: registry)
        let flow = logger.answer(target: "/solar_api/v1/GetPowerFlowRealtimeData.fcgi")
        let one = try #require(try json(flow, "Body", "Data", "Inverters", "1", "P") as? Double)
        let other = try #require(try json(flow, "Body", "Data", "Inverters", "2", "P") as? Double)
        #expect(one == 2000)
        #expect(try json(flow, "Body", "Data", "Site", "P_PV") as? Double == one + other)
    }

    @Test(
        "Requests that make no sense are told so in the envelope",
        arguments: [
            ("GetInverterRealtimeData.cgi?Scope=Device&DeviceId=3", 12),
            ("GetInverterRealtimeData.cgi?Scope=Device", 6),
            ("GetInverterRealtimeData.cgi?Scope=Galaxy", 6),
            ("GetInverterRealtimeData.cgi?Scope=Device&DeviceId=1&DataCollection=Gossip", 6),
            ("GetMeterRealtimeData.cgi?Scope=System", 0), ("GetMeterRealtimeData.cgi?Scope=Device&DeviceId=0", 12),
            ("GetStorageRealtimeData.cgi?Scope=System", 0), ("GetActiveDeviceInfo.cgi?DeviceClass=Meter", 0),
            ("GetActiveDeviceInfo.cgi?DeviceClass=Teapot", 6),
        ])
    func codes(_ request: String, _ code: Int) throws {
        let answer = logger().answer(target: "/solar_api/v1/" + request)
        #expect(answer.status == 200)
        #expect(try json(answer, "Head", "Status", "Code") as? Int == code)
    }

    @Test("The status page names plant and device and every inverter; there is no other page")
    func page() {
        let page = logger().answer(target: "/")
        for text in ["park-a", "logger", "inverter-1", "inverter-2", "feeding in", "kW"] {
            #expect(page.body.contains(text), "\(text)")
        }
        let missing = logger().answer(target: "/etc/passwd")
        #expect(missing.status == 404 && missing.contentType.hasPrefix("text/html"))
        let unknown = logger().answer(target: "/solar_api/v1/GetWeather.cgi")
        #expect(unknown.status == 404 && unknown.contentType == "application/json")
    }

    @Test("JSON is written as numbers and strings are read back")
    func jsonText() throws {
        #expect(JSONText.number(1234.5678, decimals: 2).text == "1234.57")
        #expect(JSONText.number(-0.05, decimals: 2).text == "-0.05")
        #expect(JSONText.number(2.5, decimals: 3).text == "2.5")
        #expect(JSONText.number(49.999, decimals: 2).text == "50")
        #expect(JSONText.number(.nan).text == "null")
        let value: JSONText = ["a\"\\\u{1}\n": ["ä", 1, true, nil]]
        let read = try #require(try JSONSerialization.jsonObject(with: Data(value.text.utf8)) as? [String: [Any]])
        #expect(read.keys.first == "a\"\\\u{1}\n" && read.values.first?.count == 4)
    }

    @Test("Time is written with the plant's own offset")
    func time() {
        let time = UnixTime(year: 2026, month: 12, day: 31, hour: 23, minute: 5, second: 9.7)
        #expect(time.iso8601(utcOffsetMinutes: 0) == "2026-12-31T23:05:09+00:00")
        #expect(time.iso8601(utcOffsetMinutes: 120) == "2027-01-01T01:05:09+02:00")
        #expect(time.iso8601(utcOffsetMinutes: -570) == "2026-12-31T13:35:09-09:30")
    }
}
