import Foundation
import LinuxFabric

/// What a scenario leaves behind in its own lab: processes, threads, descriptors and namespaces that were not there before.
///
/// The lab's end takes all of it away; what is still there before that end would grow in a lab that stays up.
package struct LabRemains: Sendable {
    private let before: Census

    /// How long things may take to end that were told to; the longest is a connection that lost its race over a poor link, which
    /// ends by its own deadline, 5 s after it began.
    private static let patience: Duration = .seconds(7)

    /// What is there now, to be taken before the world is made.
    package static func baseline() -> LabRemains { LabRemains(before: Census()) }

    /// What is there beside the baseline; waits a moment for things that are just ending.
    package func remains() async -> [String] {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: Self.patience)
        while true {
            let found = Census().beyond(before)
            if found.isEmpty || clock.now >= deadline { return found }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// Everything of this process, and of the lab, that can be left behind.
private struct Census: Sendable {
    /// By process number: the name.
    var processes: [Int: String] = [:]
    /// How many threads have each name.
    var threads: [String: Int] = [:]
    /// How many descriptors are of each kind.
    var descriptors: [String: Int] = [:]

    /// Threads of pools, ours and the libraries', that come once and then stay.
    private static let pools = ["NIO-", "mirox-rig", "swift", "oot.", "com.apple.", "namespaces", "reaper"]

    init() {
        for entry in Self.entries("/proc") {
            guard let number = Int(entry), number != 1, number != getpid() else { continue }
            // A process that is gone but not fetched yet has no command line.
            let words = Self.text("/proc/\(entry)/cmdline").split(separator: "\0")
            if !words.isEmpty { processes[number] = words.prefix(3).joined(separator: " ") }
        }
        for entry in Self.entries("/proc/self/task") {
            let name = Self.text("/proc/self/task/\(entry)/comm").trimmingCharacters(in: .whitespacesAndNewlines)
            if !name.isEmpty, !Self.pools.contains(where: name.hasPrefix) { threads[name, default: 0] += 1 }
        }
        for entry in Self.entries("/proc/self/fd") {
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(entry)")
            else { continue }
            let kind = target.prefix { $0 != ":" }
            // Event loops belong to the pools.
            if kind != "anon_inode" { descriptors[String(kind), default: 0] += 1 }
        }
    }

    func beyond(_ before: Census) -> [String] {
        let ours = processes.filter { before.processes[$0.key] == nil }
        var found = ours.sorted { $0.key < $1.key }.map { "process \($0.key) still runs (\($0.value))" }
        for (name, count) in threads.sorted(by: { $0.key < $1.key }) where count > before.threads[name] ?? 0 {
            found.append("\(count - (before.threads[name] ?? 0)) thread(s) '\(name)' still run")
        }
        for (kind, count) in descriptors.sorted(by: { $0.key < $1.key }) {
            // The thread that makes namespaces stays, and knows its way home.
            let surplus = count - (before.descriptors[kind] ?? 0) - (kind == "net" ? 1 : 0)
            let what = kind == "net" ? "network namespace" : kind
            if surplus > 0 { found.append("\(surplus) descriptor(s) of a \(what) are still open") }
        }
        return found
    }

    private static func entries(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
