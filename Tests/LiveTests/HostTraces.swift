import Foundation

/// What a lab could leave behind on the machine.
struct HostTraces: Equatable {
    var mounts: String
    /// The network interfaces.
    var links: [String]

    static func now() throws -> HostTraces {
        let links = try String(contentsOfFile: "/proc/self/net/dev", encoding: .utf8).split(
            separator: "\n"
        ).dropFirst(2)
            .compactMap { $0.split(separator: ":").first?.trimmingCharacters(in: .whitespaces) }
        return HostTraces(
            mounts: try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8),
            links: links.sorted())
    }

    /// Whether a lab of that name is still announced, by anybody.
    static func isAnnounced(_ name: String) throws -> Bool {
        try String(contentsOfFile: "/proc/self/net/unix", encoding: .utf8).contains("/\(name)\n")
    }
}
