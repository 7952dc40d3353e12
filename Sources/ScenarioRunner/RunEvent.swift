package import ScenarioModel

/// One line of what happened: everything that a report says is derived from these.
///
/// As JSON `{"event": "step-finished", "instance": …, "at": …, "data": {…}}`, one object a line.
package struct RunEvent: Hashable, Sendable {
    /// The instance's name; repeats are told apart by `#2`.
    package var instance: String
    /// Seconds since the instance began.
    package var at: Double
    package var kind: Kind

    package enum Kind: Hashable, Sendable {
        case started(Started)
        case stepStarted(StepStarted)
        case stepFinished(StepFinished)
        case change(Change)
        case failed(Failure)
        case finished(Finished)
        /// What the gateway did with packets; only of a scenario that did not pass, before `failed`.
        case packets(Packets)
        /// A file beside the reports that belongs to the instance, such as a capture.
        case attached(Attachment)
        /// The text of a scenario file in which something did not pass; told once a file, of the run as a whole.
        case source(Source)
        /// The first line of a run, and the last; their instance is empty.
        case runStarted(RunStarted)
        case runFinished(RunFinished)
    }

    package struct Started: Hashable, Sendable, Codable {
        package var id: String
        package var title: String
        package var file: String
        package var tags: [String]
        package var stepCount: Int
        /// As hexadecimal text.
        package var seed: String
        package var attempt: Int

        package init(
            id: String, title: String, file: String, tags: [String], stepCount: Int, seed: String, attempt: Int
        ) {
            self.id = id
            self.title = title
            self.file = file
            self.tags = tags
            self.stepCount = stepCount
            self.seed = seed
            self.attempt = attempt
        }
    }

    package struct StepStarted: Hashable, Sendable, Codable {
        package var step: StepLabel
        package var sentence: String
        package var covers: [String]

        package init(step: StepLabel, sentence: String, covers: [String]) {
            self.step = step
            self.sentence = sentence
            self.covers = covers
        }
    }

    package struct StepFinished: Hashable, Sendable, Codable {
        package var step: StepLabel
        package var verdict: Verdict
        package var seconds: Double
        /// How often conditions were looked at.
        package var lookCount: Int
        package var notes: [String]

        package init(step: StepLabel, verdict: Verdict, seconds: Double, lookCount: Int, notes: [String]) {
            self.step = step
            self.verdict = verdict
            self.seconds = seconds
            self.lookCount = lookCount
            self.notes = notes
        }
    }

    package struct Change: Hashable, Sendable, Codable {
        package var node: String
        package var text: String

        package init(node: String, text: String) {
            self.node = node
            self.text = text
        }
    }

    package struct Finished: Hashable, Sendable, Codable {
        package var verdict: Verdict
        package var seconds: Double
        /// It passed, but not at the first attempt; or it did not, and is in quarantine.
        package var isFlaky: Bool?
        /// Such a scenario costs nothing, passed or not.
        package var isInQuarantine: Bool?
        /// Another attempt follows: this is not the last word.
        package var willRetry: Bool?

        package init(verdict: Verdict, seconds: Double) {
            self.verdict = verdict
            self.seconds = seconds
        }
    }

    package init(instance: String, at: Double, _ kind: Kind) {
        self.instance = instance
        self.at = at
        self.kind = kind
    }
}

/// What came of a step or a scenario.
package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
    case passed
    /// An expectation was not met.
    case failed
    /// The rig could not tell: environment, setup, or a positive control.
    case broken
    /// Never begun.
    case skipped
}

/// Which step: `step 8/11`, `setup 2/5`, `step 8.1/11`.
package struct StepLabel: Hashable, Sendable, Codable, CustomStringConvertible {
    package var phase: Phase
    /// Counts from 1; an inner step of `throughout` has one number more.
    package var path: [Int]
    package var count: Int
    package var location: SourceLocation

    package enum Phase: String, Hashable, Sendable, Codable {
        case setup, step
    }

    package init(phase: Phase, path: [Int], count: Int, location: SourceLocation) {
        self.phase = phase
        self.path = path
        self.count = count
        self.location = location
    }

    package var description: String { "\(phase.rawValue) \(path.map(String.init).joined(separator: "."))/\(count)" }
}

extension RunEvent: Codable {
    private enum Keys: String, CodingKey { case event, instance, at, data }

    private enum Name: String, Codable {
        case packets, attached, source
        case runStarted = "run-started"
        case runFinished = "run-finished"
        case started
        case stepStarted = "step-started"
        case stepFinished = "step-finished"
        case change, failed, finished
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        instance = try container.decode(String.self, forKey: .instance)
        at = try container.decode(Double.self, forKey: .at)
        kind =
            switch try container.decode(Name.self, forKey: .event) {
            case .started: .started(try container.decode(Started.self, forKey: .data))
            case .stepStarted: .stepStarted(try container.decode(StepStarted.self, forKey: .data))
            case .stepFinished: .stepFinished(try container.decode(StepFinished.self, forKey: .data))
            case .change: .change(try container.decode(Change.self, forKey: .data))
            case .failed: .failed(try container.decode(Failure.self, forKey: .data))
            case .finished: .finished(try container.decode(Finished.self, forKey: .data))
            case .packets: .packets(try container.decode(Packets.self, forKey: .data))
            case .attached: .attached(try container.decode(Attachment.self, forKey: .data))
            case .source: .source(try container.decode(Source.self, forKey: .data))
            case .runStarted: .runStarted(try container.decode(RunStarted.self, forKey: .data))
            case .runFinished: .runFinished(try container.decode(RunFinished.self, forKey: .data))
            }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(instance, forKey: .instance)
        try container.encode(at, forKey: .at)
        func put(_ name: Name, _ data: some Encodable) throws {
            try container.encode(name, forKey: .event)
            try container.encode(data, forKey: .data)
        }
        switch kind {
        case .started(let data): try put(.started, data)
        case .stepStarted(let data): try put(.stepStarted, data)
        case .stepFinished(let data): try put(.stepFinished, data)
        case .change(let data): try put(.change, data)
        case .failed(let data): try put(.failed, data)
        case .finished(let data): try put(.finished, data)
        case .packets(let data): try put(.packets, data)
        case .attached(let data): try put(.attached, data)
        case .source(let data): try put(.source, data)
        case .runStarted(let data): try put(.runStarted, data)
        case .runFinished(let data): try put(.runFinished, data)
        }
    }
}
