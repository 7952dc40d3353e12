import ScenarioModel

/// One look at one condition, judged.
struct Look {
    var condition: Condition
    var observation: Observation
    var judgement: Judgement
    /// Whether its being so, or its not being so, would mean something only with both ends alive.
    var needsControl: Needs

    /// Under which verdict silence would be what is wanted.
    struct Needs: OptionSet {
        let rawValue: Int

        /// Where the condition holds.
        static let holding = Needs(rawValue: 1)
        /// Where it does not hold.
        static let failing = Needs(rawValue: 2)
    }

    /// What follows from this look.
    var truth: Truth {
        switch judgement.verdict {
        case .unknown: return .unknown(judgement.seen)
        case .holds: return needsControl.contains(.holding) ? controlled(.holds) : .holds
        case .fails: return needsControl.contains(.failing) ? controlled(.fails) : .fails
        }
    }

    private func controlled(_ truth: Truth) -> Truth {
        guard let control = observation.control else {
            return .unknown("the world did not say whether both ends are alive")
        }
        return control.fault.map { .unknown($0) } ?? truth
    }

    /// Whether nothing came back at all, though something was to come.
    var isSilence: Bool {
        guard case .reach(let reach) = condition, case .reach(let attempt) = observation.sighting else { return false }
        return attempt.outcome == .timeout && reach.outcome != .timeout
    }
}

/// Whether something is so, as far as a look tells.
enum Truth: Hashable, Sendable {
    case holds, fails
    /// With the reason why nothing follows.
    case unknown(String)

    static func all(_ truths: [Truth]) -> Truth {
        if truths.contains(.fails) { return .fails }
        return truths.first { $0.isUnknown } ?? .holds
    }

    static func any(_ truths: [Truth]) -> Truth {
        if truths.contains(.holds) { return .holds }
        return truths.first { $0.isUnknown } ?? .fails
    }

    static func exactlyOne(_ truths: [Truth]) -> Truth {
        let holding = truths.count { $0 == .holds }
        if holding > 1 { return .fails }
        if let unknown = truths.first(where: { $0.isUnknown }) { return unknown }
        return holding == 1 ? .holds : .fails
    }

    var isUnknown: Bool {
        if case .unknown = self { return true }
        return false
    }
}

/// One look at a whole clause.
struct ClauseLook {
    var clause: Clause
    var truth: Truth
    /// What was seen, in words.
    var seen: String
    /// The look that decided, for the report.
    var decisive: Look?
    /// Whether nothing came back at all where something was to come.
    var isSilence: Bool

    /// Why nothing follows from it.
    var void: String? {
        if case .unknown(let why) = truth { return why }
        return nil
    }

    init(_ clause: Clause, _ look: Look) {
        self.clause = clause
        truth = look.truth
        seen = look.judgement.seen
        decisive = look
        isSilence = look.isSilence
    }

    /// - Parameter inner: of each part of the clause, in its order.
    init(_ clause: Clause, of inner: [ClauseLook]) {
        self.clause = clause
        let truths = inner.map(\.truth)
        let truth: Truth
        var deciding = inner.first
        switch clause {
        case .any: truth = .any(truths)
        case .exactlyOne:
            truth = .exactlyOne(truths)
            deciding = inner.last { $0.truth == .holds } ?? deciding
        case .all, .one, .remembered:
            truth = .all(truths)
            deciding = inner.first { $0.truth == truth } ?? deciding
        }
        self.truth = truth
        seen = inner.enumerated().map { "(\($0 + 1)) \($1.seen)" }.joined(separator: " ")
        decisive = deciding?.decisive
        isSilence = inner.contains { $0.isSilence && $0.truth != .holds }
    }
}
