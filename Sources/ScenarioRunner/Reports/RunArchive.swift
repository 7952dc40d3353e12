import ScenarioModel

/// Everything of a run that reports are made from, gathered from its events; what passed keeps its steps and timings only.
package struct RunArchive: Sendable {
    /// One instance with all its attempts.
    package struct Case: Sendable {
        package var name: String
        package var id: String
        package var title: String
        package var file: String
        package var tags: [String]
        package var attempts: [Attempt] = []

        /// The last attempt decides; one that was never begun is skipped.
        package var verdict: Verdict { attempts.last.map { $0.finished?.verdict ?? .broken } ?? .skipped }

        /// Passed, but not at the first attempt; or did not, and is in quarantine.
        package var isFlaky: Bool { attempts.last?.finished?.isFlaky ?? false }

        /// It counts as flaky whatever came of it.
        package var isInQuarantine: Bool { attempts.last?.finished?.isInQuarantine ?? false }

        package var seconds: Double { attempts.reduce(0) { $0 + ($1.finished?.seconds ?? 0) } }

        /// The attempt that a report shows: the last that did not pass, else the last.
        package var shown: Attempt? { attempts.last { $0.failure != nil } ?? attempts.last }

        /// What every attempt that did not pass came to, the first one first.
        package var failures: [Failure] { attempts.compactMap(\.failure) }
    }

    package struct Attempt: Sendable {
        package var started: RunEvent.Started
        package var steps: [StepRecord] = []
        package var changes: [(at: Double, change: RunEvent.Change)] = []
        /// Changes that were dropped for want of room.
        package var lostChanges = 0
        package var packets: [RunEvent.Packets.Row] = []
        package var attachments: [RunEvent.Attachment] = []
        package var failure: Failure?
        package var finished: RunEvent.Finished?
    }

    package struct StepRecord: Sendable {
        package var at: Double
        package var started: RunEvent.StepStarted
        package var finished: RunEvent.StepFinished?
    }

    /// In the order in which they were begun.
    package private(set) var cases: [Case] = []
    package private(set) var runs: [RunEvent.RunStarted] = []
    package private(set) var ends: [RunEvent.RunFinished] = []
    package private(set) var sources: [String: String] = [:]
    private var positions: [String: Int] = [:]

    fileprivate static let keptChanges = 500

    package init() {}

    package mutating func receive(_ event: RunEvent) {
        switch event.kind {
        case .runStarted(let run): runs.append(run)
        case .runFinished(let end):
            ends.append(end)
            end.skipped.forEach { skip($0) }
        case .source(let source): sources[source.file] = source.text
        case .started(let started): begin(event.instance, started)
        case .stepStarted(let step):
            change(event.instance) { $0.steps.append(StepRecord(at: event.at, started: step)) }
        case .stepFinished(let end):
            change(event.instance) { attempt in
                let index = attempt.steps.lastIndex { $0.started.step == end.step && $0.finished == nil }
                if let index { attempt.steps[index].finished = end }
            }
        case .change(let news): change(event.instance) { $0.note(news, at: event.at) }
        case .packets(let packets): change(event.instance) { $0.packets = packets.rows }
        case .attached(let attachment): change(event.instance) { $0.attachments.append(attachment) }
        case .failed(let failure): change(event.instance) { $0.failure = failure }
        case .finished(let finished):
            change(event.instance) { attempt in
                attempt.finished = finished
                guard finished.verdict == .passed else { return }
                attempt.changes = []
                attempt.packets = []
            }
        }
    }

    private mutating func begin(_ name: String, _ started: RunEvent.Started) {
        if let position = positions[name] {
            cases[position].attempts.append(Attempt(started: started))
            return
        }
        positions[name] = cases.count
        cases.append(
            Case(
                name: name, id: started.id, title: started.title, file: started.file, tags: started.tags,
                attempts: [Attempt(started: started)]))
    }

    private mutating func skip(_ skipped: RunEvent.RunFinished.Skipped) {
        guard positions[skipped.instance] == nil else { return }
        positions[skipped.instance] = cases.count
        cases.append(
            Case(
                name: skipped.instance, id: skipped.id, title: skipped.title, file: skipped.file, tags: []))
    }

    private mutating func change(_ name: String, _ change: (inout Attempt) -> Void) {
        guard let position = positions[name], !cases[position].attempts.isEmpty else { return }
        change(&cases[position].attempts[cases[position].attempts.count - 1])
    }

    /// Leaves out attachments that are no more.
    ///
    /// - Parameter isThere: whether there is such a file.
    package mutating func keepAttachments(where isThere: (RunEvent.Attachment) -> Bool) {
        for index in cases.indices {
            for attempt in cases[index].attempts.indices {
                cases[index].attempts[attempt].attachments.removeAll { !isThere($0) }
            }
        }
    }

    // MARK: Totals

    package var seed: String { runs.first?.seed ?? "" }

    /// Of a merge the longest shard: they ran side by side.
    package var seconds: Double { ends.map(\.seconds).max() ?? 0 }

    package var summary: RunSummary {
        var summary = RunSummary(seed: seed)
        for item in cases {
            if item.isFlaky {
                summary.countFlaky(inQuarantine: item.isInQuarantine)
            } else {
                summary.count(item.verdict)
            }
        }
        summary.seconds = seconds
        return summary
    }

    /// What became of each requirement that a step covers: the worst of its steps, and where they are.
    package var requirements: [String: Requirement] {
        var found: [String: Requirement] = [:]
        for item in cases {
            for step in item.attempts.last?.steps ?? [] {
                for name in step.started.covers {
                    found[name, default: Requirement()].add(step.finished?.verdict ?? .broken, item.name)
                }
            }
        }
        return found
    }

    package struct Requirement: Sendable, Hashable {
        package var verdict = Verdict.passed
        package var instances: [String] = []

        mutating func add(_ verdict: Verdict, _ instance: String) {
            if verdict != .passed, self.verdict != .failed { self.verdict = verdict }
            if instances.last != instance { instances.append(instance) }
        }
    }
}

extension RunArchive.Attempt {
    fileprivate mutating func note(_ change: RunEvent.Change, at: Double) {
        changes.append((at, change))
        // The newest are nearest to what went wrong.
        guard changes.count > RunArchive.keptChanges else { return }
        changes.removeFirst(100)
        lostChanges += 100
    }
}
