package import AccessModel

extension Action {
    /// What two organisations agree about.
    package struct CooperationChange: VerbPayload {
        package var id: CooperationID
        package var owner: OrganizationID
        package var partner: OrganizationID
        package var change: Change

        package enum Change: Hashable, Sendable, Codable {
            case propose(shares: [Place], cap: JobRole, members: [PersonID])
            /// The partner says yes.
            case accept
            case pause, resume, end
            /// The most that the partner's people may do.
            case cap(JobRole)
            /// Who of the partner takes part; replaces who did.
            case members([PersonID])
        }

        package init(id: CooperationID, owner: OrganizationID, partner: OrganizationID, change: Change) {
            self.id = id
            self.owner = owner
            self.partner = partner
            self.change = change
        }

        package var sentence: String {
            switch change {
            case .propose(let shares, let cap, let members):
                return "\(owner) proposes the cooperation '\(id)' to \(partner): \(list(shares.map(\.sentence))) up to "
                    + "\(cap.rawValue), for \(list(members.map(\.text)))"
            case .accept: return "the cooperation '\(id)' is accepted"
            case .pause: return "the cooperation '\(id)' is paused"
            case .resume: return "the cooperation '\(id)' goes on"
            case .end: return "the cooperation '\(id)' is ended"
            case .cap(let role): return "the cooperation '\(id)' is capped at \(role.rawValue)"
            case .members(let people):
                return "the cooperation '\(id)' is for \(people.isEmpty ? "nobody" : list(people.map(\.text)))"
            }
        }

        /// The partner accepts; all else is the owner's to change, unless `as` says otherwise.
        package var doer: Doer { .admin(of: [.organization(change == .accept ? partner : owner)]) }

        package func check(_ state: inout PlanState) {
            if case .propose = change { state.declare("cooperation", id.text) }
        }

        static let entry = VerbEntry(
            "cooperation", "Changes what two organizations agree about: whose plants the other one's people may use.",
            keys: [
                .oneOf("what", "propose", .name, "a new one; wants `owner`, `partner`, `shares` and `members`"),
                .oneOf("what", "accept", .cooperation, "the partner says yes"),
                .oneOf("what", "pause", .cooperation, "gives nothing until it goes on"),
                .oneOf("what", "resume", .cooperation, "goes on"),
                .oneOf("what", "end", .cooperation, "is over"),
                .oneOf("what", "cap", .cooperation, "the most that the partner's people may do; wants `at`"),
                .oneOf("what", "members", .cooperation, "who of the partner takes part; wants `are`"),
                .optional("owner", .organization, "of `propose`: whose plants"),
                .optional("partner", .organization, "of `propose`: whose people"),
                .optional("shares", .oneOrMore(.plant), "of `propose`: which plants"),
                .optional("at", .choice(JobRole.self), "of `propose` and `cap`: the cap; `operator` unless said"),
                .optional("are", .list(.person), "of `propose` and `members`: the people"),
            ],
            examples: [
                "cooperation: { propose: help, owner: nordwind, partner: suedlicht, shares: park-a, at: operator, are: [sven] }",
                "cooperation: { accept: nordwind-suedlicht }", "cooperation: { pause: nordwind-suedlicht }",
                "cooperation: { resume: nordwind-suedlicht }", "cooperation: { end: nordwind-suedlicht }",
                "cooperation: { cap: nordwind-suedlicht, at: viewer }",
                "cooperation: { members: nordwind-suedlicht, are: [anna] }",
            ]
        ) { reader, fields, _ in reader.cooperation(&fields).map { .cooperation($0) } }
    }
}

extension StepReader {
    private static let keysOfChanges = [
        "propose": ["owner", "partner", "shares", "at", "are"], "cap": ["at"], "members": ["are"],
    ]

    fileprivate func cooperation(_ fields: inout Fields) -> Action.CooperationChange? {
        let changes = ["propose", "accept", "pause", "resume", "end", "cap", "members"]
        guard let (key, value) = fields.exactlyOne(of: changes), let name = value.text("the name of a cooperation")
        else {
            return nil
        }
        for other in ["owner", "partner", "shares", "at", "are"] where Self.keysOfChanges[key]?.contains(other) != true
        {
            guard let location = fields.keyLocation(other) else { continue }
            log.error("'\(other)' says nothing about '\(key)'", at: location)
            return nil
        }
        let id = CooperationID(name)
        if key == "propose" { return proposal(id, &fields) }
        let change: Action.CooperationChange.Change? =
            switch key {
            case "accept": .accept
            case "pause": .pause
            case "resume": .resume
            case "end": .end
            case "cap": fields.required("at")?.choice("a job role", JobRole.self).map { .cap($0) }
            default: fields.required("are").flatMap(people).map { .members($0) }
            }
        guard let fixture else { return nil }
        guard let (owner, partner) = parties(of: id, in: fixture) else {
            let known = fixture.cooperations.map(\.id.text) + proposed.cooperations.keys.map(\.text)
            log.unknown("cooperation", name, among: known.sorted(), at: value.location)
            return nil
        }
        return change.map { Action.CooperationChange(id: id, owner: owner, partner: partner, change: $0) }
    }

    private func parties(of id: CooperationID, in fixture: Fixture) -> (OrganizationID, OrganizationID)? {
        if let known = fixture.cooperations.first(where: { $0.id == id }) { return (known.owner, known.partner) }
        return proposed.cooperations[id].map { ($0.owner, $0.partner) }
    }

    private func proposal(_ id: CooperationID, _ fields: inout Fields) -> Action.CooperationChange? {
        let owner = fields.required("owner").flatMap(organization)
        let partner = fields.required("partner").flatMap(organization)
        let shares = fields.required("shares").map { $0.oneOrMore().map(plant) }
        let cap = fields.optional("at").map { $0.choice("a job role", JobRole.self) }
        let members = fields.required("are").flatMap(people)
        guard let owner, let partner, let shares, let members, shares.allSatisfy({ $0 != nil }) else { return nil }
        proposed.cooperations[id] = ProposedNames.Parties(owner: owner, partner: partner)
        return Action.CooperationChange(
            id: id, owner: owner, partner: partner,
            change: .propose(
                shares: shares.compactMap { $0.map { .plant($0) } }, cap: (cap ?? nil) ?? .operator, members: members))
    }

    private func people(_ cursor: Cursor) -> [PersonID]? {
        guard let items = cursor.items("people") else { return nil }
        let people = items.compactMap(person)
        return people.count == items.count ? people : nil
    }
}
