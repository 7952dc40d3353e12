package import AccessModel

/// Everything that a scenario file asks for, resolved against its fixture: nothing is left to look up.
package struct Plan: Hashable, Sendable, Codable {
    package var instances: [Instance]
    package var warnings: [String]

    package init(instances: [Instance], warnings: [String] = []) {
        self.instances = instances
        self.warnings = warnings
    }
}

/// One run of a scenario with one set of matrix values.
package struct Instance: Hashable, Sendable, Codable {
    /// `id`, or `id[device=laptop]`; unique.
    package var name: String
    package var id: String
    /// The `scenario:` line.
    package var title: String
    /// Why the scenario is there, `about:`.
    package var about: String?
    package var location: SourceLocation
    package var tags: [String]
    package var fixture: Fixture
    package var fixturePath: String
    package var invariants: [Invariant]
    package var timeout: Duration
    package var isOnly: Bool
    /// Known to fail now and then; its failures count as flaky.
    package var quarantine: Quarantine?
    package var setup: [Step]
    package var steps: [Step]

    package init(
        name: String, id: String, title: String, about: String?, location: SourceLocation, tags: [String],
        fixture: Fixture, fixturePath: String, invariants: [Invariant], timeout: Duration, isOnly: Bool,
        quarantine: Quarantine? = nil, setup: [Step], steps: [Step]
    ) {
        self.name = name
        self.id = id
        self.title = title
        self.about = about
        self.location = location
        self.tags = tags
        self.fixture = fixture
        self.fixturePath = fixturePath
        self.invariants = invariants
        self.timeout = timeout
        self.isOnly = isOnly
        self.quarantine = quarantine
        self.setup = setup
        self.steps = steps
    }
}

/// Why a scenario may fail for a while, who mends it, and until when; after that day it is refused.
package struct Quarantine: Hashable, Sendable, Codable {
    package var issue: String
    package var owner: String
    /// The last day.
    package var until: Timestamp

    /// `2026-12-31`.
    package var lastDay: String { String(until.description.prefix(10)) }

    package init(issue: String, owner: String, until: Timestamp) {
        self.issue = issue
        self.owner = owner
        self.until = until
    }
}

/// What is watched on every packet of a scenario.
package enum Invariant: String, Hashable, Sendable, Codable, CaseIterable {
    /// No packet of a person reaches a plant that the person was not granted at the applied revision.
    case noLeak = "no-leak"
    /// One person and address leads to one plant within one revision.
    case oneWinner = "one-winner"
    /// Every flow that the gateway let through stands in the audit at the end.
    case auditComplete = "audit-complete"
    /// `active` in a person's table is reached, and what is reached is `active`.
    case statusTruthful = "status-truthful"
    /// A range leads elsewhere only because somebody chose so or the plant was lost.
    case noSilentMove = "no-silent-move"
    /// No packet under any key but the newest that was applied.
    case oneKeyAtATime = "one-key-at-a-time"
    case atMostOneOnline = "at-most-one-online"
    /// What concerns one person or plant ends nobody else's connection and makes no other tunnel shake hands.
    case bystandersUndisturbed = "bystanders-undisturbed"
    /// The sessions' volumes and the audit's are the same at the end, and never fall.
    case volumesAgree = "volumes-agree"
    /// No laptop's private key is found in any file or process of control plane and gateway.
    case keyStaysHome = "key-stays-home"
}

/// A place in a file; counts from 1, columns in Unicode scalars.
package struct SourceLocation: Hashable, Sendable, Codable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// One step, with the place where it is written.
package struct Step: Hashable, Sendable, Codable {
    package var name: String?
    package var location: SourceLocation
    /// The line as written, for the caret in a report.
    package var sourceLine: String
    package var covers: [String]
    package var body: Body

    package indirect enum Body: Hashable, Sendable, Codable {
        /// Done once; `refusal` names the refusal that is expected.
        case act(Action, refusal: String?)
        case wait(Duration, because: String)
        case check(Check)
        case throughout(Throughout)
        /// Lists of steps at the same time.
        case parallel([[Step]])
        case repeated(times: Int, [Step])
        case remember(Memory)
    }

    package init(name: String?, location: SourceLocation, sourceLine: String, covers: [String], body: Body) {
        self.name = name
        self.location = location
        self.sourceLine = sourceLine
        self.covers = covers
        self.body = body
    }
}

/// Conditions under a time word.
package struct Check: Hashable, Sendable, Codable {
    package var word: TimeWord
    /// All of them; under `never`, none of them.
    package var clauses: [Clause]

    package init(word: TimeWord, clauses: [Clause]) {
        self.word = word
        self.clauses = clauses
    }
}

package enum TimeWord: Hashable, Sendable, Codable {
    /// Once, now.
    case expect
    /// The first time that all hold wins, if it then stays so for `stableFor`.
    case eventually(within: Duration, stableFor: Duration?)
    case always(during: Duration)
    case never(during: Duration)
    /// So, or never so, up to a sync; the other way round from it on.
    case untilSync(Throughout.Word)
}

/// Conditions that hold, or never hold, while other steps run.
package struct Throughout: Hashable, Sendable, Codable {
    package var word: Word
    package var clauses: [Clause]
    package var steps: [Step]

    package enum Word: String, Hashable, Sendable, Codable, CaseIterable {
        case always, never

        package var opposite: Self { self == .always ? .never : .always }
    }

    package init(word: Word, clauses: [Clause], steps: [Step]) {
        self.word = word
        self.clauses = clauses
        self.steps = steps
    }
}

extension Instance {
    /// Every requirement that a step of it covers, each once, in order of their numbers.
    package var covered: [String] {
        let numbers = Set(Self.all(setup + steps).flatMap(\.covers)).compactMap { Int($0.dropFirst()) }
        return numbers.sorted().map { "R\($0)" }
    }

    /// The steps and those inside them.
    package static func all(_ steps: [Step]) -> [Step] {
        steps.flatMap { step -> [Step] in
            switch step.body {
            case .throughout(let throughout): [step] + all(throughout.steps)
            case .parallel(let branches): [step] + branches.flatMap(all)
            case .repeated(_, let inner): [step] + all(inner)
            case .act, .wait, .check, .remember: [step]
            }
        }
    }
}
