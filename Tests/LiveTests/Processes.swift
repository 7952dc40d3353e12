import Foundation

/// The processes of this machine, read from `/proc`.
enum Processes {
    /// Everything that the process started, and what that started.
    static func descendants(of ancestor: Int32) -> [Int32] {
        var children: [Int32: [Int32]] = [:]
        for pid in all() {
            if let parent = parent(of: pid) { children[parent, default: []].append(pid) }
        }
        var found: [Int32] = []
        var waiting = [ancestor]
        while let next = waiting.popLast() {
            found += children[next] ?? []
            waiting += children[next] ?? []
        }
        return found.sorted()
    }

    static func anyAlive(_ pids: [Int32]) -> Bool {
        pids.contains { state(of: $0).map { $0 != "Z" } ?? false }
    }

    /// The process's own memory with its share of what it has in common with others; `nil` when it may not be read.
    static func memoryKiB(of pid: Int32) -> Int? {
        let lines = (try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8))?.split(
            separator: "\n")
        let words = lines?.first { $0.hasPrefix("Pss:") }?.split(separator: " ")
        return words.flatMap { $0.count > 1 ? Int($0[1]) : nil }
    }

    /// What `ps` calls it.
    static func name(of pid: Int32) -> String? {
        (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)).map { String($0.dropLast()) }
    }

    static func arguments(of pid: Int32) -> [String]? {
        (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8))?.split(separator: "\0").map(String.init)
    }

    private static func all() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    /// The fields of `/proc/PID/stat` behind the command's name, which may hold spaces.
    private static func fields(of pid: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private static func state(of pid: Int32) -> String? { fields(of: pid)?.first.map(String.init) }

    private static func parent(of pid: Int32) -> Int32? { fields(of: pid).flatMap { Int32($0[1]) } }
}
