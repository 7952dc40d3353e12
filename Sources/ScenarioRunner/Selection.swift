package import ScenarioModel

/// A path from the command line, `Scenarios/conflict.scenario.yaml:29`.
package struct PathArgument: Hashable, Sendable, Codable, CustomStringConvertible {
    package var path: String
    package var line: Int?

    package init(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let line = Int(text[text.index(after: colon)...]), line > 0 else {
            path = text
            return
        }
        path = String(text[..<colon])
        self.line = line
    }

    package var description: String { line.map { "\(path):\($0)" } ?? path }
}

/// Picks the instances that are to run.
package struct Selection: Sendable {
    private let options: RunOptions

    package init(_ options: RunOptions) {
        self.options = options
    }

    /// Why nothing may run.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// - Parameter today: `2026-12-31`; a quarantine that ended before is refused.
    /// - Throws: when a scenario says `only: true` and `CI=true`: forgotten there, it would silence all others.
    package func instances(of plans: [Plan], today: String) throws(Refusal) -> [Instance] {
        let all = plans.flatMap(\.instances)
        if options.isCI, let only = all.first(where: \.isOnly) {
            throw Refusal(
                description: "\(only.location): 'only: true' is for your own machine and refused when CI=true")
        }
        for case let (instance, quarantine?) in all.map({ ($0, $0.quarantine) }) where quarantine.lastDay < today {
            throw Refusal(
                description: "\(instance.location): 'flaky': the quarantine ended on \(quarantine.lastDay) "
                    + "(\(quarantine.issue)): \(quarantine.owner) mends the scenario, or says until when it takes")
        }
        let selected = all.filter(isSelected)
        let only = selected.filter(\.isOnly)
        return only.isEmpty ? selected : only
    }

    /// Holds every `file:line` that was named, and the place to stop at, against the steps that are there.
    ///
    /// - Parameters:
    ///   - plans: of all files that were named.
    ///   - lineCount: of a file.
    /// - Throws: where a line is named at which no step stands; a rerun of nothing would pass.
    package func checkPlaces(in plans: [Plan], lineCount: (String) -> Int) throws(Refusal) {
        for argument in options.paths.map({ PathArgument($0) }) {
            guard let line = argument.line else { continue }
            let lines = Self.stepLines(of: argument.path, in: plans)
            let last = lineCount(argument.path)
            guard let first = lines.first, (first...max(first, last)).contains(line) else {
                throw Refusal(description: "\(argument): no step stands there\(Self.those(lines))")
            }
        }
        guard let stop = options.breakAt else { return }
        let lines = Self.stepLines(of: stop.path, in: plans)
        guard let last = lines.last, stop.line ?? 1 <= last else {
            throw Refusal(description: "--break \(stop): no step stands there or behind it\(Self.those(lines))")
        }
    }

    /// In order; those of a file that was not named are none.
    private static func stepLines(of path: String, in plans: [Plan]) -> [Int] {
        let instances = plans.flatMap(\.instances).filter { $0.location.file == path }
        let steps = instances.flatMap { Instance.all($0.setup + $0.steps) }
        return Set(steps.map(\.location).filter { $0.file == path }.map(\.line)).sorted()
    }

    private static func those(_ lines: [Int]) -> String {
        guard let first = lines.first, let last = lines.last else { return "; the file is none of those that run" }
        return "; the first begins in line \(first), the last in line \(last)"
    }

    private func isSelected(_ instance: Instance) -> Bool {
        if !options.tags.isEmpty, !options.tags.contains(where: instance.tags.contains) { return false }
        if options.notTags.contains(where: instance.tags.contains) { return false }
        if let shard = options.shard, !shard.contains(instance.name) { return false }
        guard let filter = options.filter else { return true }
        return instance.name.contains(filter) || instance.title.contains(filter)
    }
}
