import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// What can be wrong with a device, seen from the other end of a real socket.
@Suite struct DeviceFaultTests {
    private static let identity = DeviceIdentity(plant: "park-a", device: "device")
    private static let mark: [UInt16] = [0x5375, 0x6E53]

    private struct Bench {
        let fleet: DeviceFleet
        let port: UInt16

        func spoil(_ fault: DeviceFault, id: String = "fault") async {
            #expect(await fleet.spoil(DeviceFaultTests.identity, with: fault, id: id))
        }

        func mend() async { await fleet.mend("fault") }

        func client(timeoutSeconds: Int = 5) throws -> Client { try Client(port: port, timeoutSeconds: timeoutSeconds) }

        /// Whether a connection and a request come to an answer within a second.
        var answers: Bool {
            guard let client = try? client(timeoutSeconds: 1) else { return false }
            return (try? client.registers(40_000, 2)) == DeviceFaultTests.mark
        }

        var counters: DeviceCounters { fleet.counters(DeviceFaultTests.identity) ?? DeviceCounters() }
    }

    private func with(
        _ configuration: DeviceConfiguration, clock: PlantClock? = PlantClock { .summerNoon },
        _ body: (Bench) async throws -> Void
    ) async throws {
        try await withDevice(configuration, as: Self.identity, clock: clock) { fleet, port in
            try await body(Bench(fleet: fleet, port: port))
        }
    }

    private static let logger = DeviceConfiguration.datalogger(
        DataloggerConfiguration(inverters: [.init(device: "inverter-1", ratedPowerWatts: 10_000)], site: .munich))

    private static let servicePC = DeviceConfiguration.servicePC(
        ServicePCConfiguration(users: [.init(name: "service", password: "x")], hostKeySeed: [UInt8](1...32)))

    @Test(
        "A device that refuses resets its connections, refuses new ones and is there again when healed",
        arguments: 0..<3)
    func refusing(_ kind: Int) async throws {
        try await with([.inverter(watts: 10_000), Self.logger, Self.servicePC][kind]) { bench in
            let client = try bench.client()
            // The connection is the device's own before it is switched off.
            for _ in 0..<500 where bench.counters.open == 0 { try await Task.sleep(for: .milliseconds(10)) }
            await bench.spoil(DeviceFault(off: .refusing))
            if kind == 2 { _ = client.receive() }
            #expect(client.isOver)
            #expect(throws: SystemFailure.self) { try bench.client() }
            #expect(await bench.fleet.health(Self.identity)?.isServing == true)
            await bench.mend()
            _ = try bench.client()
        }
    }

    @Test("A device without power answers nothing, not even a connection, and resets old ones when it is back")
    func silent() async throws {
        try await with(.inverter(watts: 10_000)) { bench in
            let client = try bench.client(timeoutSeconds: 1)
            _ = try client.registers(40_000, 2)
            await bench.spoil(DeviceFault(off: .silent))
            try client.send(modbusFrame([3, 0x9C, 0x40, 0, 2]))
            #expect(client.receive() == nil)
            await bench.mend()
            #expect(bench.answers)
            #expect(client.isOver)
        }
    }

    @Test("A reboot ends by itself, keeps the energy and forgets the commands")
    func reboot() async throws {
        try await with(.inverter(watts: 10_000)) { bench in
            let client = try bench.client()
            let energy = try client.registers(40_070 + 24, 2)
            _ = try client.write(40_228 + 5, 250)
            _ = try client.write(40_228 + 9, 1)
            await bench.spoil(DeviceFault(rebootSeconds: 0.2))
            for _ in 0..<100 where !bench.answers { try await Task.sleep(for: .milliseconds(20)) }
            let again = try bench.client()
            #expect(try again.registers(40_070 + 24, 2) == energy)
            #expect(try again.registers(40_228 + 9, 1) == [0])
            // 3: it watches the grid before it feeds again.
            #expect(try again.registers(40_070 + 38, 1) == [3])
            #expect(try again.registers(40_070 + 14, 1) == [0])
        }
    }

    @Test("Exceptions on demand, silence, late, truncated and split answers")
    func answers() async throws {
        try await with(.inverter(watts: 10_000)) { bench in
            let client = try bench.client(timeoutSeconds: 1)
            await bench.spoil(DeviceFault(exception: 6))
            #expect(try client.modbus([3, 0x9C, 0x40, 0, 2]) == [0x83, 6])
            await bench.spoil(DeviceFault(delay: Pause(0.2, 0.25)))
            let start = monotonicSeconds()
            #expect(try client.registers(40_000, 2) == Self.mark)
            #expect(monotonicSeconds() - start >= 0.2)
            await bench.spoil(DeviceFault(frames: .split))
            #expect(try client.registers(40_000, 2) == Self.mark)
            await bench.spoil(DeviceFault(frames: .truncated))
            try client.send(modbusFrame([3, 0x9C, 0x40, 0, 2]))
            // 13 bytes were announced.
            #expect(client.receive(exactly: 13).count == 11)
            await bench.mend()
            let fresh = try bench.client(timeoutSeconds: 1)
            await bench.spoil(DeviceFault(isSilent: true))
            try fresh.send(modbusFrame([3, 0x9C, 0x40, 0, 2]))
            #expect(fresh.receive() == nil)
            await bench.mend()
            #expect(try fresh.registers(40_000, 2) == Self.mark)
        }
    }

    @Test("Faults add up, and each is healed by its own name")
    func several() async throws {
        try await with(.inverter(watts: 10_000)) { bench in
            let client = try bench.client()
            await bench.spoil(DeviceFault(exception: 6), id: "one")
            await bench.spoil(DeviceFault(delay: Pause(0.1)), id: "other")
            let start = monotonicSeconds()
            #expect(try client.modbus([3, 0x9C, 0x40, 0, 2]) == [0x83, 6])
            #expect(monotonicSeconds() - start >= 0.1)
            await bench.fleet.mend("one")
            #expect(try client.registers(40_000, 2) == Self.mark)
            #expect(await !bench.fleet.spoil(DeviceIdentity(plant: "park-a", device: "nobody"), with: .init(), id: "x"))
        }
    }

    @Test("One connection more than there may be: reset, closed, left in silence, or taken for the oldest")
    func overLimit() async throws {
        for manner in VendorProfile.OverLimit.allCases {
            let device = ModbusConfiguration.inverter(watts: 10_000) {
                ($0.connectionLimit, $0.overLimit) = (1, manner)
            }
            try await with(.modbus(device)) { bench in
                let first = try bench.client(timeoutSeconds: 1)
                _ = try first.registers(40_000, 2)
                let second = try bench.client(timeoutSeconds: 1)
                switch manner {
                case .reset: #expect(second.isOver)
                case .close: #expect(second.receive() == [])
                case .silence:
                    try second.send(modbusFrame([3, 0x9C, 0x40, 0, 2]))
                    #expect(second.receive() == nil && !second.isOver)
                case .evict:
                    #expect(try second.registers(40_000, 2) == Self.mark)
                    #expect(first.isOver)
                }
                if manner != .evict {
                    #expect(try first.registers(40_000, 2) == Self.mark)
                    #expect(bench.counters.refusals == 1 && bench.counters.connections == 1)
                }
            }
        }
    }

    @Test(
        "Loggers and service PCs have the same four manners when there is one too many",
        arguments: VendorProfile.OverLimit.allCases, [false, true])
    func overLimitElsewhere(_ manner: VendorProfile.OverLimit, _ isLogger: Bool) async throws {
        var fault = DeviceFault()
        (fault.connectionLimit, fault.overLimit) = (1, manner)
        try await with(isLogger ? Self.logger : Self.servicePC) { bench in
            /// Whether the device says what it says first to somebody whom it serves.
            func isServed(_ client: Client) -> Bool {
                if isLogger { try? client.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)) }
                return client.receive(atMost: 4) == Array((isLogger ? "HTTP" : "SSH-").utf8)
            }
            await bench.spoil(fault)
            let first = try bench.client(timeoutSeconds: 1)
            #expect(isServed(first))
            let second = try bench.client(timeoutSeconds: 1)
            switch manner {
            case .reset: #expect(second.receive() == nil && second.isOver)
            case .close: #expect(second.receive() == [])
            case .silence: #expect(!isServed(second) && !second.isOver)
            case .evict:
                #expect(isServed(second))
                while let more = first.receive(), !more.isEmpty {}
                #expect(first.isOver)
            }
            #expect(bench.counters.refusals == (manner == .evict ? 0 : 1))
            #expect(bench.counters.open == 1 && bench.counters.connections == (manner == .evict ? 2 : 1))
        }
    }

    @Test("Two loggers on one address answer in turn, each in its own name")
    func webConflict() async throws {
        try await with(Self.logger) { bench in
            let listener = try Listener()
            try await bench.fleet.add(
                Self.logger, as: DeviceIdentity(plant: "park-a", device: "intruder"), listener: listener.descriptor)
            var fault = DeviceFault()
            fault.conflictsWith = "intruder"
            await bench.spoil(fault)
            for name in ["device", "intruder", "device"] {
                let client = try bench.client()
                try client.send(Array("GET / HTTP/1.0\r\n\r\n".utf8))
                let answer = String(decoding: client.receive(exactly: 1 << 20), as: UTF8.self)
                #expect(answer.contains("X-Device: \(name)\r\n"), "\(answer)")
            }
            fault.conflictsWith = "nobody"
            await bench.spoil(fault)
            #expect(try bench.client().isOver || bench.client().isOver)
        }
    }

    @Test("After a connection that broke, a device that wants a rest serves nobody for that long")
    func holdOff() async throws {
        let device = ModbusConfiguration.inverter(watts: 10_000) { $0.holdOffSeconds = 2 }
        try await with(.modbus(device)) { bench in
            var first: Client? = try bench.client()
            _ = try first?.registers(40_000, 2)
            first?.reset()
            first = nil
            for _ in 0..<500 where bench.counters.open > 0 { try await Task.sleep(for: .milliseconds(2)) }
            let start = monotonicSeconds()
            for _ in 0..<500 where !bench.answers { try await Task.sleep(for: .milliseconds(10)) }
            #expect(monotonicSeconds() - start > 0.2 && bench.counters.refusals > 0)
        }
    }

    @Test("Two devices on one address answer in turn")
    func conflict() async throws {
        try await with(.inverter(watts: 10_000)) { bench in
            let other = DeviceIdentity(plant: "park-a", device: "intruder")
            let listener = try Listener()
            try await bench.fleet.add(.inverter(watts: 5000), as: other, listener: listener.descriptor)
            var fault = DeviceFault()
            fault.conflictsWith = "intruder"
            await bench.spoil(fault)
            let names = try (0..<4).map { _ in text(try bench.client().registers(40_052, 16)) }
            #expect(names == ["park-a/device", "park-a/intruder", "park-a/device", "park-a/intruder"])
            await bench.mend()
            #expect(text(try bench.client().registers(40_052, 16)) == "park-a/device")
        }
    }

    @Test("At night, or where somebody says that it is, power is gone; values stick, drift and leap")
    func values() async throws {
        let time = PlantTime()
        time.change(PlantClockChange(setTo: UnixTime.summerNoon.seconds, speed: 0))
        try await with(.inverter(watts: 10_000), clock: time.clock) { bench in
            let client = try bench.client()
            func power() throws -> Int { Int(Int16(bitPattern: try client.registers(40_070 + 14, 1)[0])) }
            let noon = try power()
            #expect(noon > 9000)
            await bench.spoil(DeviceFault(isNight: true))
            #expect(try power() == 0 && client.registers(40_070 + 38, 1) == [2])
            await bench.spoil(DeviceFault(values: .stuck))
            #expect(try power() == noon)
            time.change(PlantClockChange(advanceSeconds: 6 * 3600))
            #expect(try power() == noon)
            await bench.spoil(DeviceFault(values: .absurd))
            #expect(try power() == 32_767)
            await bench.mend()
            let evening = try power()
            #expect(evening < noon / 2)
            await bench.spoil(DeviceFault(values: .drifting))
            _ = try power()
            time.change(PlantClockChange(advanceSeconds: 60))
            #expect(try power() > evening + evening / 3)
        }
    }

    @Test("HTTP answers with 503, or slowly; a slow one holds up nobody")
    func web() async throws {
        try await with(Self.logger) { bench in
            func get() throws -> (String, Double) {
                let client = try bench.client()
                let start = monotonicSeconds()
                try client.send(Array("GET / HTTP/1.0\r\n\r\n".utf8))
                let bytes = client.receive(exactly: 1 << 20)
                return (String(decoding: bytes, as: UTF8.self), monotonicSeconds() - start)
            }
            var fault = DeviceFault()
            fault.httpStatus = 503
            await bench.spoil(fault)
            #expect(try get().0.hasPrefix("HTTP/1.0 503 "))
            fault = DeviceFault()
            fault.slowBodySeconds = 0.5
            await bench.spoil(fault)
            let (page, seconds) = try get()
            #expect(page.contains("</html>") && seconds >= 0.4)
            await bench.mend()
            #expect(try get().0.hasPrefix("HTTP/1.0 200 "))
        }
    }

    @Test("SSH greets late")
    func banner() async throws {
        try await with(Self.servicePC) { bench in
            var fault = DeviceFault()
            fault.bannerDelaySeconds = 0.3
            await bench.spoil(fault)
            let start = monotonicSeconds()
            let greeting = try bench.client().receive(exactly: 4)
            #expect(greeting == Array("SSH-".utf8))
            #expect(monotonicSeconds() - start >= 0.3)
        }
    }

    @Test("Noise at a logger, a service PC and a switch kills nothing and stops no neighbour")
    func noise() async throws {
        for configuration in [Self.logger, Self.servicePC] {
            try await with(configuration) { bench in
                var random = Lehmer(seed: 7)
                for round in 0..<60 {
                    let client = try bench.client()
                    var bytes = (0..<Int(random.next() % 2000)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                    if round % 3 == 0 {
                        bytes = Array("GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n".utf8) + bytes
                    }
                    if round % 3 == 1 { bytes = Array("SSH-2.0-noise\r\n".utf8) + bytes }
                    try? client.send(bytes)
                    if round % 2 == 0 { client.reset() }
                }
                #expect(await bench.fleet.health(Self.identity)?.isServing == true)
                _ = try bench.client()
            }
        }
        var random = Lehmer(seed: 8)
        let agent = SNMPAgent(
            "public",
            SwitchInformation(
                identity: Self.identity, ports: 4, clock: PlantClock { .summerNoon }, started: .summerNoon))
        let good: [UInt8] = [
            0x30, 0x26, 2, 1, 1, 4, 6, 0x70, 0x75, 0x62, 0x6C, 0x69, 0x63, 0xA0, 0x19, 2, 1, 1, 2, 1, 0, 2, 1, 0, 0x30,
            0x0E, 0x30, 0x0C, 6, 8, 0x2B, 6, 1, 2, 1, 1, 5, 0, 5, 0,
        ]
        #expect(agent.answer(good[...]) != nil)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<1 + random.next() % 4 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = agent.answer(bytes.prefix(Int(random.next() % UInt64(bytes.count + 1))))
        }
    }
}
