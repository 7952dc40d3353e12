/// Puts the event files of several shards together, and refuses a set that is not whole.
package struct ShardMerge: Sendable {
    /// Why the files make no run.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    package private(set) var archive = RunArchive()
    /// The events of all files, file by file.
    package private(set) var events: [RunEvent] = []

    /// - Parameters:
    ///   - files: each with its name and its lines.
    ///   - place: where a file that lies beside the named file of events is now.
    package init(
        _ files: [(name: String, text: String)],
        place: (String, RunEvent.Attachment) -> RunEvent.Attachment = { $1 }
    ) throws(Refusal) {
        var shards: [Int: String] = [:]
        var first: RunEvent.RunStarted?
        for file in files {
            let events = try Self.events(file.name, file.text)
            let run = try Self.run(of: events, file.name)
            if let first, Self.shard(first).count != Self.shard(run).count {
                throw Refusal(
                    description:
                        "\(file.name) is shard \(Self.shard(run)), and \(files[0].name) is \(Self.shard(first)): "
                        + "they are of different runs")
            }
            if let first, first.seed != run.seed {
                throw Refusal(
                    description:
                        "\(file.name) ran with seed \(run.seed), and \(files[0].name) with \(first.seed): give "
                        + "every shard the same --seed")
            }
            first = first ?? run
            if let other = shards.updateValue(file.name, forKey: Self.shard(run).number) {
                throw Refusal(description: "\(other) and \(file.name) are the same shard, \(Self.shard(run))")
            }
            self.events += events.map { event in
                guard case .attached(let attachment) = event.kind else { return event }
                return RunEvent(instance: event.instance, at: event.at, .attached(place(file.name, attachment)))
            }
        }
        guard let first else { throw Refusal(description: "no file of events was named") }
        let count = Self.shard(first).count
        let missing = (1...count).filter { shards[$0] == nil }
        guard missing.isEmpty else {
            let names = missing.map { "\($0)/\(count)" }.joined(separator: ", ")
            throw Refusal(description: "shard \(names) is missing: what it ran would go unseen")
        }
        for event in self.events { archive.receive(event) }
    }

    private static func events(_ name: String, _ text: String) throws(Refusal) -> [RunEvent] {
        var events: [RunEvent] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            do {
                events.append(try RunLine.decode(line))
            } catch {
                throw Refusal(description: "\(name):\(index + 1): no event of mirox-rig: \(line.prefix(80))")
            }
        }
        return events
    }

    private static func run(of events: [RunEvent], _ name: String) throws(Refusal) -> RunEvent.RunStarted {
        guard case .runStarted(let run)? = events.first?.kind else {
            throw Refusal(description: "\(name) does not begin with run-started: it is not whole")
        }
        guard case .runFinished? = events.last?.kind else {
            throw Refusal(description: "\(name) does not end with run-finished: its run was cut short")
        }
        return run
    }

    private static func shard(_ run: RunEvent.RunStarted) -> Shard { run.shard ?? .whole }
}
