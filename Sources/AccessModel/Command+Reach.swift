extension Command {
    /// The people whose claims or choices this may change.
    ///
    /// Ask before the command is applied and after it; both answers together are complete.
    package func people(touchedIn intent: Intent, by index: AccessIndex) -> Set<PersonID> {
        switch self {
        case .createPerson(let person, _), .deactivatePerson(let person), .reactivatePerson(let person),
            .renamePerson(let person, _), .deletePerson(let person), .setMember(_, let person, _, _),
            .removeMember(_, let person), .grant(let person, _, _),
            .withdraw(let person, _), .issueCertificate(let person, _), .rotateCertificate(let person, _),
            .revokeCertificate(let person), .pick(let person, _), .discardPicks(let person, _),
            .forgetPreviousKey(let person):
            [person]
        case .createPlant(let plant, _, _, _), .movePlant(let plant, _), .deletePlant(let plant),
            .addSubnet(let plant, _), .changeSubnet(let plant, _, _), .removeSubnet(let plant, _):
            index.people(withGrantCovering: plant, in: intent)
        case .setCooperationState(let id, _), .setCooperationCap(let id, _), .setCooperationMembers(let id, _),
            .proposeCooperation(let id, _, _, _, _, _):
            Set(intent.cooperations[id]?.members.sorted ?? [])
        case .deleteOrganization(let id):
            Set(intent.organizations[id].map { Array($0.members.keys) } ?? [])
        case .createOrganization, .renameOrganization, .createPortfolio, .renamePortfolio, .deletePortfolio,
            .describePlant, .setDevice, .removeDevice, .provisionAgent,
            .enrolAgent, .unprovisionAgent:
            []
        }
    }
}

extension Command {
    /// The plant whose agents' entries this may change.
    package func plant(touchedIn intent: Intent) -> PlantID? {
        switch self {
        case .deletePlant(let plant), .addSubnet(let plant, _), .changeSubnet(let plant, _, _),
            .removeSubnet(let plant, _), .provisionAgent(_, let plant):
            plant
        case .enrolAgent(let id, _), .unprovisionAgent(let id): intent.agents[id]?.plant
        default: nil
        }
    }

    /// Whether it asks for what is so already: nothing to log, nobody to tell.
    package func asksForNothingNew(in intent: Intent) -> Bool {
        switch self {
        case .renamePerson(let id, let name): intent.people[id]?.name == name
        case .deactivatePerson(let id): intent.people[id]?.isActive == false
        case .reactivatePerson(let id): intent.people[id]?.isActive == true
        case .renameOrganization(let id, let name): intent.organizations[id]?.name == name
        case .setMember(let id, let person, let standing, let jobRole):
            intent.organizations[id]?.members[person].map { $0.standing == standing && $0.jobRole == jobRole } ?? false
        case .renamePortfolio(let id, let name): intent.portfolios[id]?.name == name
        case .describePlant(let id, let name, let place):
            intent.plants[id].map { $0.name == name && $0.place == place } ?? false
        case .movePlant(let id, let portfolio): intent.plants[id]?.portfolio == portfolio
        case .changeSubnet(let id, let from, let to): from == to && intent.plants[id]?[from] != nil
        case .setDevice(let id, let device): intent.plants[id]?.device(at: device.address) == device
        case .setCooperationCap(let id, let cap): intent.cooperations[id]?.cap == cap
        case .setCooperationMembers(let id, let members): intent.cooperations[id]?.members == members
        case .enrolAgent(let id, let key): intent.agents[id].map { $0.isProvisioned && $0.publicKey == key } ?? false
        case .forgetPreviousKey(let person): intent.certificates[person]?.previousKey == nil
        default: false
        }
    }
}
