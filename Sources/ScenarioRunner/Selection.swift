package import ScenarioModel

/// A path from the command line, `Scenarios/conflict.scenario.yaml:29`.
package struct PathArgument: Hashable, Sendable, Codable {
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
                description: "\(only.location.file): 'only: true' is for your own machine and refused when CI=true")
        }
        for case let (instance, quarantine?) in all.map({ ($0, $0.quarantine) }) where quarantine.lastDay < today {
            throw Refusal(
                description: "\(instance.location.file): the quarantine ended on \(quarantine.lastDay) "
                    + "(\(quarantine.issue)): \(quarantine.owner) mends the scenario, or says until when it takes")
        }
        let selected = all.filter(isSelected)
        let only = selected.filter(\.isOnly)
        return only.isEmpty ? selected : only
    }

    private func isSelected(_ instance: Instance) -> Bool {
        if !options.tags.isEmpty, !options.tags.contains(where: instance.tags.contains) { return false }
        if options.notTags.contains(where: instance.tags.contains) { return false }
        if let shard = options.shard, !shard.contains(instance.name) { return false }
        guard let filter = options.filter else { return true }
        return instance.name.contains(filter) || instance.title.contains(filter)
    }
}
