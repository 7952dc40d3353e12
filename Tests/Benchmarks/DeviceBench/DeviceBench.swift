import DeviceModel
import Glibc
import PlantDevices

/// Serves a device for others to load, or says what idle devices cost.
///
/// usage: device-bench serve PORT | idle COUNT
@main struct DeviceBench {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 3, let number = Int(words[2]) else { return fail("usage: serve PORT | idle COUNT") }
        switch words[1] {
        case "serve": try await serve(UInt16(clamping: number))
        case "idle":
            for kind in ["inverter", "datalogger", "service-pc", "network-switch"] { try await idle(kind, number) }
        default: fail("usage: serve PORT | idle COUNT")
        }
    }

    private static func serve(_ port: UInt16) async throws {
        let fleet = try DeviceFleet()
        var vendor = VendorProfile()
        vendor.connectionLimit = 1000
        let inverter = ModbusConfiguration(
            kind: .inverter(ratedPowerWatts: 10_000, units: 1), vendor: vendor, site: site)
        guard let listener = socket(port, isDatagram: false) else { return fail("port \(port) cannot be had") }
        try await fleet.add(.modbus(inverter), as: identity(0), listener: listener)
        // Until it is ended.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    /// What so many devices of one kind add to the memory of the process.
    private static func idle(_ kind: String, _ count: Int) async throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let fleet = try DeviceFleet()
        var sockets: [Int32] = []
        for _ in 0..<count {
            guard let socket = socket(0, isDatagram: kind == "network-switch") else { break }
            sockets.append(socket)
        }
        let before = residentBytes()
        for (number, socket) in sockets.enumerated() {
            try await fleet.add(configuration(kind, number), as: identity(number), listener: socket)
        }
        let cost = Double(residentBytes() - before) / Double(sockets.count) / 1024
        print(
            "\(sockets.count) idle devices of kind \(kind): \(Int(cost * 10)  / 10).\(Int(cost * 10) % 10) KiB each (wanted 20)"
        )
        await fleet.stop()
    }

    private static let site = PlantSite(latitude: 48.14, longitude: 11.58)

    private static func identity(_ number: Int) -> DeviceIdentity {
        DeviceIdentity(plant: "plant-\(number)", device: "device")
    }

    private static func configuration(_ kind: String, _ number: Int) -> DeviceConfiguration {
        switch kind {
        case "inverter":
            return .modbus(ModbusConfiguration(kind: .inverter(ratedPowerWatts: 10_000, units: 1), site: site))
        case "datalogger":
            return .datalogger(
                DataloggerConfiguration(
                    inverters: [.init(device: "inverter-1", ratedPowerWatts: 10_000)], site: site))
        case "network-switch": return .networkSwitch(NetworkSwitchConfiguration())
        default:
            let seed = [UInt8(number >> 8 & 255), UInt8(number & 255)] + [UInt8](repeating: 1, count: 30)
            return .servicePC(
                ServicePCConfiguration(users: [.init(name: "service", password: "x")], hostKeySeed: seed))
        }
    }

    private static func socket(_ port: UInt16, isDatagram: Bool) -> Int32? {
        let kind = isDatagram ? SOCK_DGRAM : SOCK_STREAM
        let descriptor = Glibc.socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, isDatagram || listen(descriptor, 512) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        fgets(&text, 128, file)
        let words = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func fail(_ message: String) {
        let line = "device-bench: \(message)\n"
        _ = line.withCString { write(2, $0, strlen($0)) }
        exit(2)
    }
}
