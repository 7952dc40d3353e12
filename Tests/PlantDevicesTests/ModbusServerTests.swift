import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// Inverters over real sockets.
@Suite struct ModbusServerTests {
    static let configuration = ModbusConfiguration.inverter(watts: 10_000) { $0.connectionLimit = 4 }
    static let identity = DeviceIdentity(plant: "park-a", device: "inverter-1")

    /// A fleet with one inverter at noon; it is stopped whatever happens.
    private func withInverter(
        _ configuration: ModbusConfiguration = Self.configuration, clock: PlantClock = PlantClock { .summerNoon },
        _ body: (DeviceFleet, UInt16) async throws -> Void
    ) async throws {
        try await withDevice(.modbus(configuration), as: Self.identity, clock: clock, body)
    }

    @Test("It says who it is in the serial number and in the identity block")
    func identity() async throws {
        try await withInverter { _, port in
            let client = try Client(port: port)
            #expect(text(try client.registers(40_000, 2)) == "SunS")
            #expect(text(try client.registers(40_002 + 50, 16)) == "park-a/inverter-1")
            let block = try client.registers(49_000, 66)
            #expect(text(block.prefix(2)) == "MIRX")
            #expect(text(block[2..<34]) == "park-a" && text(block[34...]) == "inverter-1")
        }
    }

    @Test("A written limit lowers the power, and it is counted as a write")
    func limit() async throws {
        try await withInverter { fleet, port in
            let client = try Client(port: port)
            let (power, percent, enable) = (40_070 + 14, 40_228 + 5, 40_228 + 9)
            #expect(try client.registers(40_228, 2) == [123, 24])
            #expect(try client.registers(power, 1)[0] > 9000)
            #expect(try client.write(percent, 250) == [6, 157, 41, 0, 250])
            #expect(try client.write(enable, 1)[0] == 6)
            #expect(try client.registers(power, 1) == [2500])
            #expect(fleet.counters(Self.identity)?.writes == 2)
            // Both in one write of a run, and what cannot be written in between refuses all of it.
            #expect(try client.modbus([16, 0x9D, 0x29, 0, 1, 2, 0x03, 0xE8]) == [16, 0x9D, 0x29, 0, 1])
            #expect(try client.modbus([16, 0x9D, 0x2E, 0, 2, 4, 3, 0xE8, 0, 1]) == [0x90, 2])
            #expect(try client.registers(percent, 1) == [1000])
        }
    }

    @Test(
        "What cannot be is refused with the right exception, at once",
        arguments: [
            ([3, 0x9C, 0x40, 0, 0], [0x83, 3]),  // no register
            ([3, 0x9C, 0x40, 0, 126], [0x83, 3]),  // too many
            ([3, 0x9C, 0x40, 0], [0x83, 3]),  // body too short
            ([3, 0x9C, 0x3F, 0, 2], [0x83, 2]),  // begins before the map
            ([4, 0, 0, 0, 1], [0x84, 2]),
            ([3, 0x9D, 0x71, 0, 9], [0x83, 2]),  // reaches past the end
            ([3, 0xBF, 0x68, 0, 67], [0x83, 2]),  // past the identity block
            ([3, 0xFF, 0xFF, 0, 2], [0x83, 2]),
            ([6, 0x9C, 0x40, 0, 1], [0x86, 2]),  // SunS cannot be written
            ([6, 0x9D, 0x29, 0x03, 0xE9], [0x86, 3]),  // 100.1 %
            ([6, 0x9D, 0x29, 0], [0x86, 3]),
            ([16, 0x9D, 0x29, 0, 1, 2, 3], [0x90, 3]),  // half a register
            ([16, 0x9D, 0x29, 0, 2, 4, 0, 1], [0x90, 3]),  // body shorter than it says
            ([16, 0x9D, 0x29, 0, 0, 0], [0x90, 3]),
            ([1, 0, 0, 0, 1], [0x81, 1]),
            ([7], [0x87, 1]),
            ([5, 0, 0, 0xFF, 0], [0x85, 1]),
            ([23, 0x9C, 0x40, 0, 1, 0x9D, 0x29, 0, 1, 2, 0, 1], [0x97, 1]),
            ([0x2B, 0x0D, 1, 0], [0xAB, 1]),
            ([0x2B, 0x0E, 9, 0], [0xAB, 3]),
            ([0x7F, 1, 2, 3], [0xFF, 1]),
        ] as [([UInt8], [UInt8])])
    func exceptions(_ request: [UInt8], _ answer: [UInt8]) async throws {
        try await withInverter { fleet, port in
            let client = try Client(port: port)
            _ = try client.registers(40_000, 2)
            let start = monotonicSeconds()
            #expect(try client.modbus(request) == answer)
            #expect(monotonicSeconds() - start < 0.2)
            #expect(fleet.counters(Self.identity)?.refusals == 1)
            #expect(try client.registers(40_000, 2) == [0x5375, 0x6E53])
        }
    }

    @Test("A request that is no request ends the connection", arguments: [0, 0x80, 0x83, 0xFF] as [UInt8])
    func functions(_ function: UInt8) async throws {
        try await withInverter { fleet, port in
            let client = try Client(port: port)
            try client.send(modbusFrame([function, 0x9C, 0x40, 0, 2]))
            #expect(client.isOver)
            #expect(fleet.counters(Self.identity)?.refusals == 1)
        }
    }

    @Test("Another unit is not there; functions 0x11 and 0x2B tell about the device")
    func others() async throws {
        try await withInverter { _, port in
            let client = try Client(port: port)
            #expect(try client.modbus([3, 0x9C, 0x40, 0, 2], unit: 2) == [0x83, 0x0B])
            #expect(try client.modbus([0x11]) == [0x11, 11, 1, 0xFF] + Array("Mirox Rig".utf8))
            let about = try client.modbus([0x2B, 0x0E, 1, 0])
            #expect(about.prefix(7) == [0x2B, 0x0E, 1, 0x81, 0, 0, 3])
            #expect(try client.modbus([0x2B, 0x0E, 4, 2]) == [0x2B, 0x0E, 4, 0x81, 0, 0, 1, 2, 3] + Array("1.0".utf8))
        }
    }

    @Test("Requests may come in pieces and several at once")
    func pieces() async throws {
        try await withInverter { _, port in
            let client = try Client(port: port)
            for byte in modbusFrame([3, 0x9C, 0x40, 0, 2], transaction: 1) { try client.send([byte]) }
            #expect(try client.modbusAnswer(transaction: 1) == [3, 4, 0x53, 0x75, 0x6E, 0x53])
            // More answers than the server keeps for a client that does not read.
            for round in 0..<50 {
                let requests = (0..<20).flatMap {
                    modbusFrame([3, 0x9C, 0x40, 0, 125], transaction: UInt16(20 * round + $0))
                }
                try client.send(requests)
            }
            for transaction in 0..<1000 {
                #expect(try client.modbusAnswer(transaction: UInt16(transaction)).count == 252)
            }
        }
    }

    @Test("Who is one too many is reset; a freed slot is free at once")
    func connectionLimit() async throws {
        try await withInverter { fleet, port in
            var clients = try (0..<4).map { _ in try Client(port: port) }
            for client in clients { _ = try client.registers(40_000, 2) }
            let fifth = try Client(port: port)
            #expect(fifth.isOver)
            #expect(fleet.counters(Self.identity)?.refusals == 1)
            #expect(fleet.counters(Self.identity)?.open == 4)
            clients.removeLast().reset()
            _ = clients.count
            // Reading on another connection comes after the closed one was seen: one loop serves both.
            _ = try clients[0].registers(40_000, 2)
            #expect(try Client(port: port).registers(40_000, 2) == [0x5375, 0x6E53])
        }
    }

    @Test("A client that says nothing, or half a request, is closed in time and holds up nobody")
    func idle() async throws {
        var configuration = Self.configuration
        configuration.vendor.idleSeconds = 1
        try await withInverter(configuration) { fleet, port in
            let silent = try Client(port: port)
            let half = try Client(port: port)
            try half.send([0, 1, 0, 0])
            #expect(try Client(port: port).registers(40_000, 2) == [0x5375, 0x6E53])
            #expect(silent.isOver && half.isOver)
            #expect(fleet.counters(Self.identity)?.open == 0)
        }
    }

    @Test("Noise kills nothing and does not stop a neighbour")
    func fuzz() async throws {
        var configuration = Self.configuration
        configuration.vendor.connectionLimit = 100
        try await withInverter(configuration) { fleet, port in
            let neighbour = try Client(port: port)
            var random = Lehmer(seed: 20_260_621)
            for round in 0..<400 {
                let client = try Client(port: port)
                let count = Int(random.next() % 300)
                var bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                if round % 2 == 0, bytes.count > 9 {
                    // A good header around a random PDU gets past the frame.
                    bytes = modbusFrame(Array(bytes.prefix(253)))
                    if round % 4 == 0 { bytes[7] = [3, 4, 6, 16, 17, 43][Int(random.next() % 6)] }
                }
                try client.send(bytes)
                if round % 3 == 0 { client.reset() }
                if round % 20 == 0 { #expect(try neighbour.registers(40_000, 2) == [0x5375, 0x6E53]) }
            }
            #expect(try neighbour.registers(40_000, 2) == [0x5375, 0x6E53])
            #expect(await fleet.health(Self.identity)?.isServing == true)
        }
    }

    @Test("A second device of the same name and a wrong configuration are refused, and their sockets closed")
    func refusedDevices() async throws {
        try await withInverter { fleet, _ in
            let second = try Listener()
            await #expect(throws: DeviceProblem.self) {
                try await fleet.add(.modbus(Self.configuration), as: Self.identity, listener: second.descriptor)
            }
            #expect(try await isRefused(second.port))
            var wrong = Self.configuration
            wrong.models = [103]
            let third = try Listener()
            await #expect(throws: DeviceProblem.self) {
                try await fleet.add(
                    .modbus(wrong), as: DeviceIdentity(plant: "park-a", device: "x"), listener: third.descriptor)
            }
            #expect(try await isRefused(third.port))
            #expect(fleet.identities == [Self.identity])
        }
    }

    @Test("A removed device is gone with its connections, its neighbours are not; a stopped fleet takes none")
    func removal() async throws {
        try await withInverter { fleet, port in
            let other = DeviceIdentity(plant: "park-b", device: "inverter-1")
            let listener = try Listener()
            try await fleet.add(.modbus(Self.configuration), as: other, listener: listener.descriptor)
            let here = try Client(port: port)
            let there = try Client(port: listener.port)
            #expect(text(try there.registers(40_052, 16)) == "park-b/inverter-1")
            _ = try here.registers(40_000, 2)
            await fleet.remove(other)
            #expect(there.isOver)
            #expect(try await isRefused(listener.port))
            #expect(await fleet.health(other) == nil && fleet.counters(other) == nil)
            #expect(try here.registers(40_000, 2) == [0x5375, 0x6E53])
            await fleet.stop()
            #expect(here.isOver)
            let late = try Listener()
            await #expect(throws: DeviceProblem(.stopped, "the fleet was stopped")) {
                try await fleet.add(.modbus(Self.configuration), as: other, listener: late.descriptor)
            }
        }
    }
}

/// A small generator with a seed, so that noise can be repeated.
struct Lehmer: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
