import Glibc

/// The labs that run on this machine: each is an abstract unix socket held by the program that started it, so that nothing stale
/// is left whatever happens.
package enum LabRegistry {
    /// A running lab of this user.
    package struct Entry: Hashable, Sendable {
        package let name: String
        /// What `Lab.join` enters.
        package let initPid: Int32
        /// A line that the announcing program gave, such as JSON.
        package let detail: String
    }

    /// An announcement; it ends with `withdraw()` or the process.
    package final class Announcement: Sendable {
        private let listener: UnixListener

        fileprivate init(listener: UnixListener) {
            self.listener = listener
        }

        package func withdraw() {
            listener.shutDown()
        }
    }

    private static func prefix(of user: UInt32) -> String { "@mirox-rig/\(user)/" }

    /// Makes a lab known under a name that no other running lab of this user has.
    ///
    /// - Parameters:
    ///   - name: up to 60 letters, digits, `-`, `_` and `.`.
    ///   - detail: one line.
    /// - Throws: EADDRINUSE when the name is taken.
    package static func announce(
        name: String, initPid: Int32, detail: String = ""
    ) throws(LinuxError) -> Announcement {
        guard isValid(name), !detail.contains("\n") else { throw LinuxError("announcing \(name)", EINVAL) }
        let user = geteuid()
        let listener = try UnixListener(at: prefix(of: user) + name)
        try PinnedThread.start(name: "registry") {
            while let stream = try? listener.accept() {
                // Root may look too; nobody else learns anything.
                guard let peer = try? stream.peer(), peer.user == user || peer.user == 0 else { continue }
                try? stream.writeLine("\(initPid) \(detail)")
            }
        }
        return Announcement(listener: listener)
    }

    /// Up to 60 letters, digits, `-`, `_` and `.`.
    package static func isValid(_ name: String) -> Bool {
        (1...60).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0)
            }
    }

    /// The names of this user's labs, in order.
    package static func names() -> [String] {
        let prefix = prefix(of: geteuid())
        var names: Set<String> = []
        for line in (TextFile.read("/proc/net/unix") ?? "").split(separator: "\n") {
            guard let name = line.split(separator: " ").last, name.hasPrefix(prefix) else { continue }
            names.insert(String(name.dropFirst(prefix.count)))
        }
        return names.sorted()
    }

    /// A running lab by its name; `nil` when there is none, or it is another user's pretence.
    package static func find(_ name: String) -> Entry? {
        guard let stream = try? UnixStream(connectingTo: prefix(of: geteuid()) + name),
            let peer = try? stream.peer(), peer.user == geteuid(), waitForInput(stream.number, milliseconds: 1000),
            let line = try? stream.readLine()
        else { return nil }
        let parts = line.split(separator: " ", maxSplits: 1)
        guard let pid = parts.first.flatMap({ Int32($0) }), pid > 0 else { return nil }
        return Entry(name: name, initPid: pid, detail: parts.count > 1 ? String(parts[1]) : "")
    }

    /// All of this user's labs that answer.
    package static func list() -> [Entry] {
        names().compactMap(find)
    }
}
