import DeviceModel
import Foundation
import Glibc
import Testing

@testable import PlantDevices

/// Many devices of all kinds in one fleet.
@Suite struct DeviceFleetTests {
    private static let count = 2001
    private static let measureVariable = "MIROX_RIG_MEASURE_DEVICES"

    /// Bytes of memory that the process really has.
    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private func allowManyDescriptors() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 8192)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private func configuration(_ number: Int) -> DeviceConfiguration {
        switch number % 3 {
        case 0: .inverter(watts: 10_000)
        case 1: .datalogger(DataloggerTests.configuration)
        default:
            .servicePC(
                ServicePCConfiguration(
                    users: [.init(name: "service", password: "x")],
                    hostKeySeed: [UInt8(number >> 8), UInt8(number & 255)] + [UInt8](repeating: 1, count: 30)))
        }
    }

    private func fill(_ fleet: DeviceFleet, _ listeners: [Listener]) async throws {
        for (number, listener) in listeners.enumerated() {
            let identity = DeviceIdentity(plant: "plant-\(number)", device: "device")
            try await fleet.add(configuration(number), as: identity, listener: listener.descriptor)
        }
    }

    /// Measured in a process of its own, for the memory of a process is that of all the tests in it.
    @Test("Two thousand idle devices cost less than 20 KiB each")
    func cost() async throws {
        guard ProcessInfo.processInfo.environment[Self.measureVariable] != nil else {
            let alone = try await Program.run(
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
                ["--testing-library", "swift-testing", "--filter", "DeviceFleetTests/cost"],
                environment: [Self.measureVariable: "1"])
            #expect(alone.status == 0 && alone.output.contains("an idle device costs"), "\(alone.output)")
            return
        }
        allowManyDescriptors()
        let listeners = try (0..<Self.count).map { _ in try Listener() }
        let fleet = try DeviceFleet(clock: PlantClock { .summerNoon })
        let before = try residentBytes()
        try await fill(fleet, listeners)
        let cost = (try residentBytes() - before) / Self.count
        await fleet.stop()
        print("an idle device costs \(cost) bytes")
        #expect(cost < 20_480)
    }

    @Test("Two thousand devices answer as themselves, and none is left after a stop")
    func many() async throws {
        allowManyDescriptors()
        let listeners = try (0..<Self.count).map { _ in try Listener() }
        let fleet = try DeviceFleet(clock: PlantClock { .summerNoon })
        try await fill(fleet, listeners)
        for number in stride(from: 0, to: Self.count, by: 97) {
            let client = try Client(port: listeners[number].port)
            let name = "plant-\(number)"
            switch number % 3 {
            case 0: #expect(text(try client.registers(40_052, 16)) == name + "/device")
            case 1:
                try client.send(Array("GET / HTTP/1.0\r\n\r\n".utf8))
                #expect(String(decoding: client.receive() ?? [], as: UTF8.self).contains("X-Plant: \(name)\r\n"))
            default:
                let greeting = "SSH-2.0-MiroxRig_plant_\(number)/device\r\n"
                #expect(client.receive(exactly: greeting.utf8.count) == Array(greeting.utf8))
            }
        }
        #expect(fleet.identities.count == Self.count)
        await fleet.stop()
        #expect(fleet.identities.isEmpty)
        for listener in listeners { #expect(try await isRefused(listener.port)) }
    }

    @Test("A fleet that is stopped while devices are added ends well", arguments: 0..<20)
    func stopped(_ round: Int) async throws {
        let fleet = try DeviceFleet(clock: PlantClock { .summerNoon })
        let listeners = try (0..<12).map { _ in try Listener() }
        await withTaskGroup(of: Void.self) { group in
            for (number, listener) in listeners.enumerated() {
                if number == round % 12 { group.addTask { await fleet.stop() } }
                group.addTask {
                    let identity = DeviceIdentity(plant: "plant-\(number)", device: "device")
                    try? await fleet.add(configuration(1), as: identity, listener: listener.descriptor)
                }
            }
        }
        for listener in listeners { #expect(try await isRefused(listener.port)) }
    }

    @Test("Adding, asking, removing and stopping at once from many tasks ends well", arguments: 0..<3)
    func together(_ round: Int) async throws {
        let fleet = try DeviceFleet(clock: PlantClock { .summerNoon })
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let identity = DeviceIdentity(plant: "plant-\(number % 20)", device: "device")
                    guard let listener = try? Listener() else { return }
                    try? await fleet.add(configuration(number), as: identity, listener: listener.descriptor)
                    _ = await fleet.health(identity)
                    if number % 2 == 0 { await fleet.remove(identity) }
                    if number == 40 { await fleet.stop() }
                }
            }
        }
        await fleet.stop()
        #expect(fleet.identities.isEmpty)
    }

    @Test("A fleet that nobody stops ends with its last owner", arguments: 0..<3)
    func forgotten(_ kind: Int) async throws {
        let listener = try Listener()
        do {
            let fleet = try DeviceFleet(clock: PlantClock { .summerNoon })
            let identity = DeviceIdentity(plant: "park-a", device: "device")
            try await fleet.add(configuration(kind), as: identity, listener: listener.descriptor)
        }
        // The data loggers' loop ends by itself, a moment later.
        #expect(try await isRefused(listener.port))
    }
}
