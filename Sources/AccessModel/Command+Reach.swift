extension Command {
    /// The people whose claims or choices this may change.
    ///
    /// Ask before the command is applied and after it; both answers together are complete.
    package func people(touchedIn intent: Intent) -> Set<PersonID> {
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
            intent.people(withGrantCovering: plant)
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

extension Intent {
    /// Everybody who holds a grant at the plant or above it.
    func people(withGrantCovering plant: PlantID) -> Set<PersonID> {
        Set(grants.filter { $0.value.contains { place($0.place, covers: plant) } }.keys)
    }
}
