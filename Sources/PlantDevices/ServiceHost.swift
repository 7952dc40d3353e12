import Addressing
import DeviceModel
import Glibc

/// What a service PC knows about itself.
struct ServiceHost: Sendable {
    let identity: DeviceIdentity
    let network: Prefix?
    let clock: PlantClock
    /// On the monotonic clock.
    let startedSeconds: Double
    let files: ServiceFiles

    var name: String { "\(identity.plant)-\(identity.device)" }

    init(
        identity: DeviceIdentity, network: Prefix?, clock: PlantClock, startedSeconds: Double, users: [String] = []
    ) {
        self.identity = identity
        self.network = network
        self.clock = clock
        self.startedSeconds = startedSeconds
        let name = "\(identity.plant)-\(identity.device)"
        files = ServiceFiles(
            users: users, clock: clock,
            living: [
                "/etc/plant": { "plant=\(identity.plant)\ndevice=\(identity.device)\n" },
                "/etc/hostname": { name + "\n" },
                Self.logPath: { Self.logLine(0, identity, clock) },
            ])
    }

    static let logPath = "/var/log/plant"

    /// Lines of the log that grows for ever: one now, the others as they come.
    func logLine(_ number: Int) -> String { Self.logLine(number, identity, clock) }

    private static func logLine(_ number: Int, _ identity: DeviceIdentity, _ clock: PlantClock) -> String {
        "\(clock.now.iso8601(utcOffsetMinutes: 0)) \(identity) heartbeat \(number)\n"
    }

    /// As `uname` tells: the machine that we run on under our own name.
    func systemName(all: Bool) -> String {
        var name = utsname()
        uname(&name)
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        guard all else { return text(name.sysname) + "\n" }
        return "\(text(name.sysname)) \(self.name) \(text(name.release)) mirox-rig \(text(name.machine)) virtual\n"
    }

    func uptime() -> String {
        let now = clock.now
        let time = now.iso8601(utcOffsetMinutes: 0).dropFirst(11).prefix(8)
        let minutes = Int((monotonicSeconds() - startedSeconds) / 60)
        let rest = minutes % 60
        return " \(time) up \(minutes / 1440) days, \(minutes / 60 % 24):\(rest < 10 ? "0" : "")\(rest)\n"
    }

    /// As `ip addr` shows it, with the address on which the caller reached us.
    func addresses(reachedAt address: IPv4Address?) -> String {
        var text = """
            1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN
                inet 127.0.0.1/8 scope host lo

            """
        if let address {
            let prefix = network ?? Prefix(around: address, length: 24)
            text += """
                2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
                    inet \(address)/\(prefix.length) brd \(prefix.range.upper) scope global eth0

                """
        }
        return text
    }
}
