import DeviceModel
import Testing

@testable import PlantDevices

/// What the words of a vendor's profile do, each seen from the other end of a real socket.
@Suite struct VendorTests {
    private static let identity = DeviceIdentity(plant: "park-a", device: "device")
    private static let mark: [UInt16] = [0x5375, 0x6E53]

    private func serving(
        _ configuration: ModbusConfiguration, clock: PlantClock = PlantClock { .summerNoon },
        _ body: (DeviceFleet, UInt16) async throws -> Void
    ) async throws {
        try await withDevice(.modbus(configuration), as: Self.identity, clock: clock, body)
    }

    @Test("A unit that is not there: exception 11 or 10, silence, or the first one's answer")
    func strangeUnit() async throws {
        for manner in VendorProfile.StrangeUnit.allCases {
            try await serving(.inverter(watts: 10_000) { ($0.unitIDs, $0.strangeUnit) = ([126], manner) }) {
                fleet, port in
                let client = try Client(port: port, timeoutSeconds: 1)
                let read: [UInt8] = [3, 0x9C, 0x40, 0, 2]
                #expect(try client.modbus(read, unit: 126).count == 6)
                switch manner {
                case .targetFailed: #expect(try client.modbus(read, unit: 1) == [0x83, 11])
                case .noPath: #expect(try client.modbus(read, unit: 1) == [0x83, 10])
                case .ignored: #expect(try client.modbus(read, unit: 1) == [3, 4, 0x53, 0x75, 0x6E, 0x53])
                case .silence:
                    try client.send(modbusFrame(read, unit: 1))
                    #expect(client.receive() == nil)
                }
                #expect(fleet.counters(Self.identity)?.refusals == (manner == .ignored ? 0 : 1))
                #expect(try client.modbus(read, unit: 126).count == 6)
            }
        }
    }

    @Test("Registers that are not there: an exception, or silence; a value that cannot be is refused aloud either way")
    func absentRegisters() async throws {
        for manner in VendorProfile.AbsentRegisters.allCases {
            try await serving(.inverter(watts: 10_000) { $0.absentRegisters = manner }) { fleet, port in
                let client = try Client(port: port, timeoutSeconds: 1)
                if manner == .exception {
                    #expect(try client.modbus([3, 0, 0, 0, 2]) == [0x83, 2])
                } else {
                    try client.send(modbusFrame([3, 0, 0, 0, 2]))
                    #expect(client.receive() == nil)
                }
                #expect(try client.modbus([3, 0x9C, 0x40, 0, 126]) == [0x83, 3])
                #expect(fleet.counters(Self.identity)?.refusals == 2)
                #expect(try client.registers(40_000, 2) == Self.mark)
            }
        }
    }

    @Test(
        "A chain is as long as its vendor's common model says, and ends or does not", arguments: [65, 66],
        [true, false])
    func chain(_ commonLength: Int, _ hasEnd: Bool) async throws {
        let device = ModbusConfiguration.inverter(watts: 10_000) {
            ($0.commonLength, $0.hasEndModel, $0.models, $0.sunSpecBase) = (commonLength, hasEnd, [1, 103], 50_000)
        }
        try await serving(device) { _, port in
            let client = try Client(port: port)
            #expect(try client.registers(50_000, 4) == Self.mark + [1, UInt16(commonLength)])
            let second = 50_004 + commonLength
            #expect(try client.registers(second, 2) == [103, 50])
            let end = second + 52
            let read: [UInt8] = [3, UInt8(end >> 8), UInt8(end & 255), 0, 1]
            #expect(try client.modbus(read) == (hasEnd ? [3, 2, 0xFF, 0xFF] : [0x83, 2]))
        }
    }

    @Test("Followers behind one address are units of their own, each with its own controls and serial number")
    func followers() async throws {
        let device = ModbusConfiguration(
            kind: .inverter(ratedPowerWatts: 10_000, units: 3), vendor: VendorProfile(), site: .munich)
        try await serving(device) { fleet, port in
            let client = try Client(port: port)
            func read(_ unit: UInt8, _ address: Int, _ count: UInt8) throws -> [UInt16] {
                let answer = try client.modbus([3, UInt8(address >> 8), UInt8(address & 255), 0, count], unit: unit)
                return stride(from: 2, to: answer.count - 1, by: 2).map {
                    UInt16(answer[$0]) << 8 | UInt16(answer[$0 + 1])
                }
            }
            #expect(
                try (1...3).map { text(try read($0, 40_052, 16)) }
                    == ["park-a/device", "park-a/device#2", "park-a/device#3"])
            let power = 40_070 + 14
            // Function 16 over the limit of the second one, 20 %, and its switch.
            #expect(try client.modbus([16, 0x9D, 0x29, 0, 1, 2, 0, 200], unit: 2) == [16, 0x9D, 0x29, 0, 1])
            #expect(try client.modbus([6, 0x9D, 0x2D, 0, 1], unit: 2) == [6, 0x9D, 0x2D, 0, 1])
            #expect(try read(2, power, 1) == [2000])
            #expect(try read(1, power, 1)[0] > 9000 && read(3, power, 1)[0] > 9000)
            #expect(try client.modbus([3, 0x9C, 0x40, 0, 2], unit: 4) == [0x83, 11])
            #expect(fleet.counters(Self.identity)?.writes == 2)
        }
    }

    @Test("When the sun has gone, a card that sleeps refuses or is silent, and is there again in the morning")
    func night() async throws {
        for manner in [VendorProfile.Night.refuses, .silent, .serves] {
            let time = PlantTime()
            time.change(PlantClockChange(setTo: UnixTime.summerNoon.seconds, speed: 0))
            try await serving(.inverter(watts: 10_000) { $0.night = manner }, clock: time.clock) { _, port in
                func answers() -> Bool {
                    guard let client = try? Client(port: port, timeoutSeconds: 1) else { return false }
                    return (try? client.registers(40_000, 2)) == Self.mark
                }
                #expect(answers())
                time.change(PlantClockChange(advanceSeconds: 12 * 3600))
                if manner == .serves { return #expect(answers()) }
                // The card looks at the sun once a second.
                for _ in 0..<20 where answers() { try await Task.sleep(for: .milliseconds(100)) }
                #expect(!answers())
                #expect((try? Client(port: port, timeoutSeconds: 1)) == nil)
                time.change(PlantClockChange(advanceSeconds: 12 * 3600))
                for _ in 0..<50 where !answers() { try await Task.sleep(for: .milliseconds(100)) }
                #expect(answers())
            }
        }
    }

    @Test("It thinks for as long as its vendor's devices do, and answers in order all the same")
    func latency() async throws {
        try await serving(.inverter(watts: 10_000) { $0.latency = Pause(0.1, 0.15) }) { _, port in
            let client = try Client(port: port)
            let start = monotonicSeconds()
            for transaction in 1...3 {
                try client.send(modbusFrame([3, 0x9C, 0x40, 0, 2], transaction: UInt16(transaction)))
            }
            for transaction in 1...3 { #expect(try client.modbusAnswer(transaction: UInt16(transaction)).count == 6) }
            #expect(monotonicSeconds() - start >= 0.3)
        }
    }

    @Test("A register dump shows what was read, keeps what is written, and has nothing in between")
    func dump() async throws {
        let dump = ModbusConfiguration(
            kind: .dump([RegisterRun(base: 100, values: [7, 8, 9]), RegisterRun(base: 200, values: [1])]), site: .munich
        )
        try await serving(dump) { fleet, port in
            let client = try Client(port: port)
            #expect(try client.registers(100, 3) == [7, 8, 9])
            #expect(try client.modbus([3, 0, 100, 0, 4]) == [0x83, 2])
            #expect(try client.modbus([3, 0, 150, 0, 1]) == [0x83, 2])
            #expect(try client.write(101, 42)[0] == 6)
            #expect(try client.modbus([16, 0, 102, 0, 2, 4, 0, 1, 0, 2]) == [0x90, 2])
            #expect(try client.registers(100, 3) == [7, 42, 9])
            #expect(text(try client.registers(49_034, 32)) == "device")
            #expect(fleet.counters(Self.identity)?.writes == 1)
        }
    }

    @Test("A request that has begun and does not go on is given up, whatever the limit for silence is")
    func halfRequest() throws {
        let device = ModbusDevice(
            ModbusDevicePlan(
                record: DeviceRecord(identity: Self.identity, lan: nil), configuration: .inverter(watts: 1),
                listener: -1,
                clock: PlantClock { .summerNoon }, inverters: [], registry: InverterRegistry()), banks: [])
        let connection = ModbusConnection(-1, at: device, answeredBy: device, isGhost: false, number: 1, at: 0)
        #expect(!connection.isOverdue(at: 600, idleSeconds: 600) && connection.isOverdue(at: 601, idleSeconds: 600))
        [1, 2].withUnsafeBufferPointer { connection.keep($0, at: 5) }
        // A second piece does not begin it anew.
        [1, 2, 3].withUnsafeBufferPointer { connection.keep($0, at: 14) }
        #expect(!connection.isOverdue(at: 15, idleSeconds: 600) && connection.isOverdue(at: 15.1, idleSeconds: 600))
        connection.noteRequest(at: 15)
        #expect(!connection.isOverdue(at: 100, idleSeconds: 600))
    }
}
