package import AccessModel

/// What a verb holds, and what can be said of it without doing it.
package protocol VerbPayload: Hashable, Sendable, Codable {
    /// What is done, without its full stop and without who does it.
    var sentence: String { get }
    /// Who does it when nobody is named.
    var doer: Doer { get }
    /// Reports what cannot work at this place of the plan, and notes what later steps may build on.
    ///
    /// Called only where no refusal is expected.
    func check(_ state: inout PlanState)
}

extension VerbPayload {
    package var doer: Doer { .rig }

    package func check(_ state: inout PlanState) {}
}

/// Whose hand it is.
package enum Doer: Hashable, Sendable {
    /// The person that the action is about.
    case person(PersonID)
    /// The admin of the one owner of these places; each owner's admin its own when there are several.
    case admin(of: [Place])
    /// The rig itself: no person does this.
    case rig

    /// The one person; `nil` when there is none or are several.
    func person(in fixture: Fixture?) -> PersonID? {
        switch self {
        case .person(let person): return person
        case .rig: return nil
        case .admin(let places):
            let admins = Set(places.map { fixture?.admin(of: $0) })
            return admins.count == 1 ? admins.first ?? nil : nil
        }
    }
}

/// What a condition holds, and how it meets what was seen.
package protocol ConditionPayload: Hashable, Sendable, Codable {
    /// What is looked at, without its full stop.
    var sentence: String { get }
    /// Whether what was seen is what the condition says; `nil` when the world looked at something else.
    func judge(_ sighting: Sighting) -> Judgement?
    /// Whether silence is what is wanted, so that dead ends would fulfil it too: then both ends must be alive.
    func isNegative(under word: Throughout.Word) -> Bool
    /// Reports what cannot be looked at at this place of the plan.
    func check(_ state: inout PlanState)
}

extension ConditionPayload {
    package func isNegative(under word: Throughout.Word) -> Bool { false }

    package func check(_ state: inout PlanState) {}
}
