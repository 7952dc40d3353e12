/// Which requirement is covered by what, and which of them a defect has been seen to break.
package struct RequirementMatrix: Sendable {
    /// A test, or a step of a scenario, that says it proves something.
    package struct Cover: Hashable, Sendable {
        package var requirement: String
        package var kind: Kind
        package var name: String
        package var place: String
        /// Of a test: its suite and function, `CertificateTests.concurrentIssues`.
        package var function: String?

        package enum Kind: String, Hashable, Sendable, CaseIterable {
            case scenario, test
        }

        package init(requirement: String, kind: Kind, name: String, place: String, function: String? = nil) {
            self.requirement = requirement
            self.function = function
            self.kind = kind
            self.name = name
            self.place = place
        }
    }

    package enum State: String, Hashable, Sendable, CaseIterable, Comparable {
        /// Nothing says that it proves it.
        case open
        /// Something says so, and nobody has seen it turn red.
        case covered
        /// A defect that breaks it has turned a cover red.
        case proven

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .open: 0
            case .covered: 1
            case .proven: 2
            }
        }
    }

    package struct Row: Sendable {
        package var requirement: Requirement
        package var state: State
        package var covers: [Cover]
        /// The defects that turned a cover red.
        package var defects: [String]
        /// The worst verdict of the scenarios and tests that cover it, in the last runs that are known.
        package var last: Verdict?
        /// How many of them no known run has a verdict for.
        package var unknown = 0

        /// `, last passed`; `, last passed, 2 of 5 not run`.
        fileprivate var lastText: String {
            guard let last else { return covers.isEmpty ? "" : ", never run" }
            let missing = unknown == 0 ? "" : ", \(unknown) of \(covers.count) not run"
            return ", last \(last.rawValue)\(missing)"
        }
    }

    package let rows: [Row]

    /// - Parameters:
    ///   - proven: the defects that were caught, by requirement.
    ///   - results: the last verdict of each scenario by its id, and of each test by its suite and function.
    package init(covers: [Cover], proven: [String: [String]], results: [String: Verdict]) {
        rows = Requirement.all.map { requirement in
            let own = Set(covers.filter { $0.requirement == requirement.name })
                .sorted { ($0.kind.rawValue, $0.name, $0.place) < ($1.kind.rawValue, $1.name, $1.place) }
            let defects = proven[requirement.name] ?? []
            let verdicts = own.compactMap { results[$0.kind == .scenario ? $0.name : $0.function ?? ""] }
            let state: State = own.isEmpty ? .open : defects.isEmpty ? .covered : .proven
            return Row(
                requirement: requirement, state: state, covers: own, defects: defects, last: Self.worst(verdicts),
                unknown: own.count - verdicts.count)
        }
    }

    private static func worst(_ verdicts: [Verdict]) -> Verdict? {
        for verdict in [Verdict.failed, .broken, .skipped, .passed] where verdicts.contains(verdict) { return verdict }
        return nil
    }

    package func count(_ state: State) -> Int { rows.count { $0.state == state } }

    /// As a table for people.
    ///
    /// - Parameter isDetailed: with a line for every cover.
    package func text(isDetailed: Bool) -> String {
        let width = rows.map { $0.requirement.title.count }.max() ?? 0
        var lines: [String] = []
        for row in rows {
            let title = row.requirement.title + String(repeating: " ", count: width - row.requirement.title.count)
            let scenarios = Set(row.covers.filter { $0.kind == .scenario }.map(\.name)).count
            let tests = row.covers.count { $0.kind == .test }
            let name = row.requirement.name + String(repeating: " ", count: 3 - row.requirement.name.count)
            let state = row.state.rawValue + String(repeating: " ", count: 7 - row.state.rawValue.count)
            let counts = row.covers.isEmpty ? "" : "\(scenarios) scenario(s), \(tests) test(s)\(row.lastText)"
            lines.append("\(name)  \(state)  \(title)  \(counts)".trimmingEnd)
            guard isDetailed else { continue }
            lines += row.covers.map { "       \($0.kind.rawValue) \($0.name)  \($0.place)" }
            lines += row.defects.map { "       defect \($0)" }
        }
        lines.append(
            "\(count(.proven)) proven, \(count(.covered)) covered, \(count(.open)) open, of \(rows.count) requirements")
        return lines.joined(separator: "\n")
    }

    // MARK: Gate

    /// What the gate holds: a line for each requirement that is not open, `R29 proven`.
    package var gate: String {
        rows.filter { $0.state != .open }.map { "\($0.requirement.name) \($0.state.rawValue)\n" }.joined()
    }

    /// What has been lost since a gate was written; nothing when nothing was.
    package func losses(since gate: String) -> [String] {
        var losses: [String] = []
        for line in gate.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ").map(String.init)
            guard let name = words.first, !name.hasPrefix("#") else { continue }
            guard words.count == 2, let was = State(rawValue: words[1]),
                let row = rows.first(where: { $0.requirement.name == name })
            else {
                losses.append("'\(line)' is no line of a gate, such as 'R29 proven'")
                continue
            }
            if row.state < was { losses.append("\(name) was \(was.rawValue) and is \(row.state.rawValue) now") }
        }
        return losses
    }

    /// How many requirements stand better than in a gate.
    package func gains(since gate: String) -> Int {
        let lines = Set(gate.split(whereSeparator: \.isNewline).map(String.init))
        return self.gate.split(whereSeparator: \.isNewline).count { !lines.contains(String($0)) }
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
