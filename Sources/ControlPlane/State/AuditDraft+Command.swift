import AccessModel
import Addressing
import Digest

extension AuditDraft {
    /// How the audit tells a command; `nil` for what is no event of its own.
    ///
    /// To be made before the command is applied: the story may be of what goes.
    init?(_ command: Command, by actor: String, before: Intent) {
        guard let (action, person, plant, detail) = Self.story(of: command, before: before) else { return nil }
        self.init(action: action, by: actor, person: person, plant: plant, detail: detail)
    }

    private typealias Story = (action: AuditAction, person: PersonID?, plant: PlantID?, detail: [String: String])

    private static func story(of command: Command, before: Intent) -> Story? {
        switch command {
        case .createPerson(let person, _): (.personCreated, person, nil, [:])
        case .deactivatePerson(let person): (.personDeactivated, person, nil, [:])
        case .reactivatePerson(let person): (.personReactivated, person, nil, [:])
        case .renamePerson(let person, let name): (.personRenamed, person, nil, ["name": name])
        case .deletePerson(let person): (.personDeleted, person, nil, [:])
        case .createOrganization(let id, _): (.organizationCreated, nil, nil, ["organization": id.text])
        case .renameOrganization(let id, let name):
            (.organizationRenamed, nil, nil, ["organization": id.text, "name": name])
        case .deleteOrganization(let id): (.organizationDeleted, nil, nil, ["organization": id.text])
        case .setMember(let id, let person, let standing, let jobRole):
            (
                .memberSet, person, nil,
                ["organization": id.text, "standing": standing.rawValue, "jobRole": jobRole.rawValue]
            )
        case .removeMember(let id, let person): (.memberRemoved, person, nil, ["organization": id.text])
        case .grant(let person, let place, _):
            (.grantCreated, person, plant(in: place), ["place": place.text])
        case .withdraw(let person, let place):
            (.grantWithdrawn, person, plant(in: place), ["place": place.text])
        case .proposeCooperation, .setCooperationState, .setCooperationCap, .setCooperationMembers:
            storyOfCooperation(command, before: before)
        case .provisionAgent(let agent, let plant): (.agentProvisioned, nil, plant, ["agent": agent.text])
        case .enrolAgent(let agent, let key):
            (
                .agentEnrolled, nil, before.agents[agent]?.plant,
                ["agent": agent.text, "key": fingerprint(of: key)]
            )
        case .unprovisionAgent(let agent):
            (.agentUnprovisioned, nil, before.agents[agent]?.plant, ["agent": agent.text])
        case .issueCertificate, .rotateCertificate, .revokeCertificate, .pick, .discardPicks, .forgetPreviousKey:
            storyOfCertificate(command, before: before)
        default: storyOfPlant(command)
        }
    }

    private static func storyOfPlant(_ command: Command) -> Story? {
        switch command {
        case .createPortfolio(let id, _, let organization):
            (.portfolioCreated, nil, nil, ["portfolio": id.text, "organization": organization.text])
        case .renamePortfolio(let id, let name):
            (.portfolioRenamed, nil, nil, ["portfolio": id.text, "name": name])
        case .deletePortfolio(let id): (.portfolioDeleted, nil, nil, ["portfolio": id.text])
        case .createPlant(let id, _, let portfolio, _):
            (.plantCreated, nil, id, ["portfolio": portfolio.text])
        case .describePlant(let id, let name, _): (.plantDescribed, nil, id, ["name": name])
        case .movePlant(let id, let portfolio): (.plantMoved, nil, id, ["portfolio": portfolio.text])
        case .deletePlant(let id): (.plantDeleted, nil, id, [:])
        case .addSubnet(let id, let prefix): (.subnetAdded, nil, id, ["subnet": prefix.description])
        case .changeSubnet(let id, let from, let to):
            (.subnetChanged, nil, id, ["from": from.description, "subnet": to.description])
        case .removeSubnet(let id, let prefix): (.subnetRemoved, nil, id, ["subnet": prefix.description])
        case .setDevice(let id, let device):
            (.deviceSet, nil, id, ["device": device.name, "address": device.address.description])
        case .removeDevice(let id, let address): (.deviceRemoved, nil, id, ["address": address.description])
        default: nil
        }
    }

    private static func storyOfCooperation(_ command: Command, before: Intent) -> Story? {
        switch command {
        case .proposeCooperation(let id, let owner, let partner, _, let cap, _):
            (
                .cooperationProposed, nil, nil,
                ["cooperation": id.text, "owner": owner.text, "partner": partner.text, "cap": cap.rawValue]
            )
        case .setCooperationState(let id, let state):
            (
                action(of: state, after: before.cooperations[id]?.state), nil, nil, ["cooperation": id.text]
            )
        case .setCooperationCap(let id, let cap):
            (.cooperationCapChanged, nil, nil, ["cooperation": id.text, "cap": cap.rawValue])
        case .setCooperationMembers(let id, let members):
            (
                .cooperationMembersChanged, nil, nil,
                ["cooperation": id.text, "members": members.sorted.map(\.text).joined(separator: " ")]
            )
        default: nil
        }
    }

    private static func action(of state: Cooperation.State, after former: Cooperation.State?) -> AuditAction {
        switch state {
        case .proposed: .cooperationProposed
        case .accepted: former == .paused ? .cooperationResumed : .cooperationAccepted
        case .paused: .cooperationPaused
        case .ended: .cooperationEnded
        }
    }

    private static func storyOfCertificate(_ command: Command, before: Intent) -> Story? {
        switch command {
        case .issueCertificate(let person, let key):
            (.certificateIssued, person, nil, ["key": fingerprint(of: key)])
        case .rotateCertificate(let person, let key):
            (.certificateRotated, person, nil, ["key": fingerprint(of: key)])
        case .revokeCertificate(let person):
            (
                .certificateRevoked, person, nil,
                before.certificates[person].map { ["key": fingerprint(of: $0.publicKey)] } ?? [:]
            )
        case .pick(let person, let route):
            (.conflictWinnerChanged, person, route.plant, ["subnet": route.subnet.description])
        case .discardPicks(let person, let routes):
            (
                .conflictPickDiscarded, person, routes.first?.plant,
                ["routes": routes.map(\.description).joined(separator: " ")]
            )
        default: nil
        }
    }

    /// The plant's owner, the organisations of the person, and those that the command itself names; both before and after
    /// the command.
    mutating func addReaders(of command: Command, in intent: Intent, _ index: AccessIndex) {
        if let plant, let owner = intent.owner(of: plant) { organizations.insert(owner) }
        switch command {
        case .createOrganization(let id, _), .renameOrganization(let id, _), .deleteOrganization(let id),
            .setMember(let id, _, _, _), .removeMember(let id, _), .createPortfolio(_, _, let id):
            organizations.insert(id)
        case .renamePortfolio(let id, _), .deletePortfolio(let id):
            if let owner = intent.portfolios[id]?.organization { organizations.insert(owner) }
        case .grant(_, let place, _), .withdraw(_, let place):
            if let owner = intent.owner(of: place) { organizations.insert(owner) }
        case .proposeCooperation(let id, _, _, _, _, _), .setCooperationState(let id, _),
            .setCooperationCap(let id, _), .setCooperationMembers(let id, _):
            if let cooperation = intent.cooperations[id] {
                organizations.formUnion([cooperation.owner, cooperation.partner])
            }
        default:
            guard let person else { return }
            organizations.formUnion(intent.organizations(of: person))
            organizations.formUnion(intent.organizations(openTo: person, by: index))
        }
    }

    private static func plant(in place: Place) -> PlantID? {
        if case .plant(let id) = place { id } else { nil }
    }

    /// Names a key without being one: the first 16 hex digits of its hash.
    static func fingerprint(of key: PublicKey) -> String {
        String(ContentHash.of { $0.append(bytes: key.bytes) }.description.prefix(16))
    }
}

extension Intent {
    /// Where the person is a member.
    func organizations(of person: PersonID) -> Set<OrganizationID> {
        Set(organizations.filter { $0.value.members[person] != nil }.keys)
    }
}
