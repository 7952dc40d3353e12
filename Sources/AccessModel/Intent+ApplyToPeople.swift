extension Intent {
    mutating func applyToPeople(_ command: Command, at now: Timestamp) throws(CommandError) {
        switch command {
        case .createPerson(let id, let name):
            try checkName(id.text)
            try checkTitle(name)
            guard people[id] == nil else { throw CommandError(.exists, "there is a person \(id)") }
            guard retiredPeople?.contains(id) != true else {
                throw CommandError(.idRetired, "a person \(id) was deleted: a new person has a new id")
            }
            people[id] = Person(name: name)
        case .renamePerson(let id, let name):
            try check(id)
            try checkTitle(name)
            people[id]?.name = name
        case .deletePerson(let id):
            try delete(id)
        case .deactivatePerson(let id):
            try check(id)
            people[id]?.isActive = false
        case .reactivatePerson(let id):
            try check(id)
            people[id]?.isActive = true
        case .createOrganization(let id, let name):
            try checkName(id.text)
            try checkTitle(name)
            guard organizations[id] == nil else { throw CommandError(.exists, "there is an organisation \(id)") }
            organizations[id] = Organization(name: name)
        case .renameOrganization(let id, let name):
            _ = try organization(id)
            try checkTitle(name)
            organizations[id]?.name = name
        case .deleteOrganization(let id):
            try delete(id)
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

    private mutating func delete(_ id: PersonID) throws(CommandError) {
        try check(id)
        for (organization, value) in organizations where value.members[id]?.standing == .admin {
            try checkAnotherAdmin(of: organization, than: id)
        }
        for organization in organizations.keys { organizations[organization]?.members[id] = nil }
        for cooperation in cooperations.keys { cooperations[cooperation]?.members.remove(id) }
        if let certificate = certificates.removeValue(forKey: id) { retiredKeys.insert(certificate.publicKey) }
        grants[id] = nil
        picks[id] = nil
        people[id] = nil
        var retired = retiredPeople ?? []
        retired.insert(id)
        retiredPeople = retired
    }

    private mutating func delete(_ id: OrganizationID) throws(CommandError) {
        _ = try organization(id)
        guard !portfolios.values.contains(where: { $0.organization == id }) else {
            throw CommandError(.notEmpty, "\(id) has portfolios")
        }
        let partners = cooperations.filter { $0.value.owner == id || $0.value.partner == id }
        guard partners.values.allSatisfy({ $0.state == .ended }) else {
            throw CommandError(.notEmpty, "\(id) has a cooperation that has not ended")
        }
        for cooperation in partners.keys { cooperations[cooperation] = nil }
        organizations[id] = nil
        forget(.organization(id))
    }

    private func checkAnotherAdmin(of id: OrganizationID, than person: PersonID) throws(CommandError) {
        let others = try organization(id).members.contains { $0.key != person && $0.value.standing == .admin }
        guard others else { throw CommandError(.lastAdmin, "\(person) is the last admin of \(id)") }
    }
}
