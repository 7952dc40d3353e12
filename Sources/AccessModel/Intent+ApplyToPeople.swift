extension Intent {
    mutating func applyToPeople(_ command: Command, at now: Timestamp) throws(CommandError) {
        switch command {
        case .createPerson(let id, let name):
            try checkName(id.text)
            guard people[id] == nil else { throw CommandError(.exists, "there is a person \(id)") }
            people[id] = Person(name: name)
        case .deactivatePerson(let id):
            try check(id)
            people[id]?.isActive = false
        case .reactivatePerson(let id):
            try check(id)
            people[id]?.isActive = true
        case .createOrganization(let id, let name):
            try checkName(id.text)
            guard organizations[id] == nil else { throw CommandError(.exists, "there is an organisation \(id)") }
            organizations[id] = Organization(name: name)
        case .setMember(let id, let person, let standing, let jobRole):
            try setMember(of: id, person, standing: standing, jobRole: jobRole, at: now)
        case .removeMember(let id, let person):
            guard let member = try organization(id).members[person] else {
                throw CommandError(.unknownMember, "\(person) is no member of \(id)")
            }
            if member.standing == .admin { try checkAnotherAdmin(of: id, than: person) }
            organizations[id]?.members[person] = nil
        default:
            break
        }
    }

    private mutating func setMember(
        of id: OrganizationID, _ person: PersonID, standing: Standing, jobRole: JobRole, at now: Timestamp
    ) throws(CommandError) {
        let before = try organization(id).members[person]
        try check(person)
        if before?.standing == .admin, standing != .admin { try checkAnotherAdmin(of: id, than: person) }
        let since = before?.jobRole == jobRole ? before?.since ?? now : now
        organizations[id]?.members[person] = Member(standing: standing, jobRole: jobRole, since: since)
    }

    private func checkAnotherAdmin(of id: OrganizationID, than person: PersonID) throws(CommandError) {
        let others = try organization(id).members.contains { $0.key != person && $0.value.standing == .admin }
        guard others else { throw CommandError(.lastAdmin, "\(person) is the last admin of \(id)") }
    }
}
