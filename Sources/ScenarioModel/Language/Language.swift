/// The whole language as one table: reader, 'unknown verb' messages, JSON Schema, reference and `explain` all come from it.
///
/// **To add a verb**
/// 1. A file `Verbs/Thing.swift` with the payload `Action.Thing: VerbPayload`: what it holds, its `sentence`, who does it
///    (`doer`), what must have happened before (`check`), and `static let entry`, which says key by key what the verb takes,
///    shows examples, and reads.
/// 2. A case `thing(Thing)` in `Action.Verb`, and its line in `Action.Verb.payload`.
/// 3. Its entry in `Language.verbs` below.
/// 4. The case in `LiveWorld.carryOut`.
///
/// **To add a condition**: likewise a file `Conditions/Thing.swift` with `Condition.Thing: ConditionPayload` (`sentence`,
/// `judge`, `entry`), a case in `Condition` and in `Condition.payload`, its entry in `Language.conditions`; a case of
/// `Sighting` when it sees something new; the case in `LiveWorld.look`, and in `Tests/ScenarioRunnerTests/Sightings.swift`
/// what fulfils and what contradicts it.
///
/// `Tests/ScenarioModelTests/LanguageTableTests` holds the table to the code: the examples of an entry are read against
/// `Fixtures/sites/two-parks-same-range.yaml`, together they use every key that the entry declares, and a key that is read
/// without being declared is an error. After a change `make language` writes schema and reference anew.
package enum Language {
    package static let verbs: [VerbEntry] = [
        Action.Grant.entry, Action.Withdrawal.entry,
        Action.Issue.entry, Action.Rotation.entry, Action.Revocation.entry,
        Action.Connecting.entry, Action.Disconnecting.entry,
        Action.AgentChange.entry,
        Action.UsePark.entry, Action.Refresh.entry,
        Action.Sync.entry,
        Action.Opening.entry, Action.Closing.entry,
        Action.Fault.entry, Action.Healing.entry,
        Action.RoleChange.entry, Action.Membership.entry, Action.AccountChange.deactivate,
        Action.AccountChange.reactivate,
        Action.CooperationChange.entry, Action.PlantChange.entry, Action.SubnetChange.entry,
        Action.ConfChange.entry, Action.Roaming.entry, Action.ClockStep.entry,
        Action.Polling.entry, Action.ProgramStart.start, Action.ProgramStart.run,
        Action.PageUse.entry,
        Action.PlantClockStep.entry,
    ]

    package static let conditions: [ConditionEntry] = [
        Condition.Reach.entry, Condition.Tunnel.entry, Condition.Route.entry, Condition.Routes.entry,
        Condition.Connection.entry, Condition.Session.entry, Condition.Audit.entry,
        Condition.Sessions.entry, Condition.Certificate.entry, Condition.Agent.entry, Condition.Access.entry,
        Condition.Program.entry, Condition.Poll.entry, Condition.Counter.entry, Condition.Answers.entry,
        Condition.Page.entry,
        Condition.Device.entry,
    ]

    /// What may stand in a step in place of a verb.
    package static let words: [StepWord] = [
        .expect, .eventually, .always, .never, .throughout, .parallel, .repeated, .remember, .wait, .include,
    ]

    /// What can be remembered, for `unchanged` and `changed`.
    package static let subjects: [SubjectEntry] = [.routes, .sessions, .audit, .tunnel]

    /// What may stand in place of a condition and puts others together.
    package static let groups: [GroupEntry] = [.allOf, .anyOf, .exactlyOneOf, .unchanged, .changed]

    /// Every first word of a step, in the order of the reference.
    package static let firstWords = verbs.map(\.name) + words.map(\.name)

    static func verb(_ name: String) -> VerbEntry? { verbs.first { $0.name == name } }

    static func condition(_ name: String) -> ConditionEntry? { conditions.first { $0.name == name } }

    static func subject(_ name: String) -> SubjectEntry? { subjects.first { $0.name == name } }

    static func group(_ name: String) -> GroupEntry? { groups.first { $0.name == name } }

    static func word(_ name: String) -> StepWord? { words.first { $0.name == name } }
}
