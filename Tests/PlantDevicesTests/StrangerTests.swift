import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// Programs that other people wrote take our devices for the real thing.
@Suite struct StrangerTests {
    private static let identity = DeviceIdentity(plant: "park-a", device: "inverter-1")

    private func serving(
        _ configuration: DeviceConfiguration, _ body: (DeviceFleet, UInt16) async throws -> Void
    ) async throws {
        try await withDevice(configuration, as: Self.identity, clock: .starting(at: .summerNoon), body)
    }

    private func inverter(commonLength: Int = 66) -> DeviceConfiguration {
        .modbus(.inverter(watts: 10_000) { $0.commonLength = commonLength })
    }

    @Test("pysunspec2 scans all seven models, reads their values and limits the power", arguments: [65, 66])
    func sunspec(_ commonLength: Int) async throws {
        try await serving(inverter(commonLength: commonLength)) { fleet, port in
            let seen = try await Program.python("sunspec_scan.py", [Listener.host, "\(port)"])
            #expect(seen["base"] as? Int == 40_000)
            let models = try #require(seen["models"] as? [String: [String: Any]])
            #expect(Set(models.keys) == ["1", "103", "120", "121", "122", "123", "160"])
            for (id, model) in models { #expect(model["error"] as? String == "", "model \(id)") }
            func points(_ id: String) throws -> [String: Any] {
                try #require(models[id]?["points"] as? [String: Any])
            }
            #expect(try points("1")["SN"] as? String == "park-a/inverter-1")
            let power = try #require(try points("103")["W"] as? Double ?? (points("103")["W"] as? Int).map(Double.init))
            #expect(power > 9000 && power <= 10_000)
            #expect(try points("103")["TmpSnk"] is NSNull)
            #expect(try points("120")["WRtg"] as? Double == 10_000)
            #expect((models["160"]?["groups"] as? [String: Any])?.count == 2)
            #expect(seen["limited"] as? Double == 1000)
            #expect(seen["freed"] as? Double == power)
            #expect(fleet.counters(Self.identity)?.writes == 3)
        }
    }

    @Test("pymodbus reads the identity block and understands our exceptions")
    func pymodbus() async throws {
        try await serving(inverter()) { _, port in
            let seen = try await Program.python("modbus_read.py", [Listener.host, "\(port)"])
            #expect(seen["identity"] as? [String] == ["MIRX", "park-a", "inverter-1"])
            #expect(seen["outside"] as? Int == 2 && seen["stranger"] as? Int == 11)
            #expect(seen["about"] as? [String: String] == ["0": "Mirox Rig", "1": "PV", "2": "1.0"])
        }
    }

    @Test("mbpoll reads the mark of SunSpec")
    func mbpoll() async throws {
        try await serving(inverter()) { _, port in
            let program = try await Program.run(
                "mbpoll",
                ["-1", "-0", "-t", "4:hex", "-a", "1", "-r", "40000", "-c", "2", "-p", "\(port)", Listener.host])
            #expect(program.status == 0)
            #expect(program.output.contains("0x5375") && program.output.contains("0x6E53"), "\(program.output)")
        }
    }

    @Test("pyfronius fetches power flow, inverters and logger")
    func pyfronius() async throws {
        let logger = DataloggerConfiguration(
            inverters: [
                .init(device: "inverter-1", ratedPowerWatts: 10_000),
                .init(device: "inverter-2", ratedPowerWatts: 5000),
            ], site: .munich)
        try await serving(.datalogger(logger)) { fleet, port in
            let seen = try await Program.python("fronius_fetch.py", ["http://\(Listener.host):\(port)"])
            func value(_ path: String...) -> Any? {
                path.reduce(seen as Any?) { ($0 as? [String: Any])?[$1] }
            }
            let power = try #require(value("flow", "power_photovoltaics", "value") as? Double)
            #expect(power > 13_000 && power <= 15_000)
            #expect(value("system", "power_ac", "value") as? Double == power)
            #expect(value("inverter", "frequency_ac", "unit") as? String == "Hz")
            #expect(value("inverter", "status_code", "value") as? Int == 7)
            #expect(value("phases", "voltage_ac_phase_3", "unit") as? String == "V")
            let names = (value("inverters", "inverters") as? [[String: Any]])?.map {
                ($0["custom_name"] as? [String: Any])?["value"] as? String
            }
            #expect(names == ["inverter-1", "inverter-2"])
            #expect(value("logger", "unique_identifier", "value") as? String == Self.identity.description)
            #expect(value("leds", "power_led", "color") as? String == "green")
            #expect((value("devices", "inverters") as? [Any])?.count == 2)
            #expect((value("meters", "meters") as? [String: Any])?.isEmpty == true)
            #expect((value("storages", "storages") as? [String: Any])?.isEmpty == true)
            #expect(fleet.counters(Self.identity)?.refusals == 0)
        }
    }
}
