import CLinux
import Glibc

/// What a process inside a lab was told by whoever started it.
///
/// The first line of `main.swift` asks for it, before any thread exists.
package struct Inside: Hashable, Sendable {
    /// Which main to run, such as `gateway`.
    package let role: String
    package let lab: String
    /// Descriptors that were handed over, by name.
    package let descriptors: [String: Int32]

    static let roleVariable = "MIROX_RIG_INSIDE"
    static let labVariable = "MIROX_RIG_LAB"
    static let descriptorsVariable = "MIROX_RIG_DESCRIPTORS"

    /// The marks for a process to be started.
    package static func environment(role: String, lab: String, descriptors: [String: Int32] = [:]) -> [String: String] {
        var marks = [roleVariable: role, labVariable: lab]
        if !descriptors.isEmpty {
            marks[descriptorsVariable] = descriptors.sorted { $0.key < $1.key }
                .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        }
        return marks
    }

    /// Reads the marks of this process and takes them away, so that no program started from here believes them.
    ///
    /// Also what every role needs first: as many open files as may be, no death by a closed pipe, and handed-over descriptors that
    /// do not leak into programs.
    ///
    /// - Returns: `nil` outside of labs.
    package static func claim() -> Inside? {
        guard let role = take(roleVariable) else { return nil }
        let lab = take(labVariable) ?? ""
        var descriptors: [String: Int32] = [:]
        for entry in (take(descriptorsVariable) ?? "").split(separator: ",") {
            let parts = entry.split(separator: "=")
            guard parts.count == 2, let number = Int32(parts[1]), number > 2 else { continue }
            clinux_set_close_on_exec(number, 1)
            descriptors[String(parts[0])] = number
        }
        // As many as may be: when even that is refused, the first open that fails says so.
        _ = clinux_raise_open_files()
        signal(SIGPIPE, SIG_IGN)
        return Inside(role: role, lab: lab, descriptors: descriptors)
    }

    private static func take(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        defer { unsetenv(name) }
        return String(cString: value)
    }
}

/// The environment of this process.
package enum ProcessEnvironment {
    package static var current: [String: String] {
        var result: [String: String] = [:]
        guard var entry = clinux_environment() else { return result }
        while let text = entry.pointee {
            let line = String(cString: text)
            if let sign = line.firstIndex(of: "=") {
                result[String(line[..<sign])] = String(line[line.index(after: sign)...])
            }
            entry += 1
        }
        return result
    }
}
