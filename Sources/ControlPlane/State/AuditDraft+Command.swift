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

    private typealias Story = (action: String, person: PersonID?, plant: PlantID?, detail: [String: String])

    private static func story(of command: Command, before: Intent) -> Story? {
        switch command {
        case .createPerson(let person, _): ("person.created", person, nil, [:])
        case .deactivatePerson(let person): ("person.deactivated", person, nil, [:])
        case .reactivatePerson(let person): ("person.reactivated", person, nil, [:])
        case .renamePerson(let person, let name): ("person.renamed", person, nil, ["name": name])
        case .deletePerson(let person): ("person.deleted", person, nil, [:])
        case .createOrganization(let id, _): ("organization.created", nil, nil, ["organization": id.text])
        case .renameOrganization(let id, let name):
            ("organization.renamed", nil, nil, ["organization": id.text, "name": name])
        case .deleteOrganization(let id): ("organization.deleted", nil, nil, ["organization": id.text])
        case .setMember(let id, let person, let standing, let jobRole):
            (
                "member.set", person, nil,
                ["organization": id.text, "standing": standing.rawValue, "jobRole": jobRole.rawValue]
            )
        case .removeMember(let id, let person): ("member.removed", person, nil, ["organization": id.text])
        case .grant(let person, let place, _):
            ("grant.created", person, plant(in: place), ["place": place.text])
        case .withdraw(let person, let place):
            ("grant.withdrawn", person, plant(in: place), ["place": place.text])
        case .proposeCooperation, .setCooperationState, .setCooperationCap, .setCooperationMembers:
            storyOfCooperation(command, before: before)
        case .provisionAgent(let agent, let plant): ("agent.provisioned", nil, plant, ["agent": agent.text])
        case .enrolAgent(let agent, let key):
            (
                "agent.enrolled", nil, before.agents[agent]?.plant,
                ["agent": agent.text, "key": fingerprint(of: key)]
            )
        case .unprovisionAgent(let agent):
            ("agent.unprovisioned", nil, before.agents[agent]?.plant, ["agent": agent.text])
        case .issueCertificate, .rotateCertificate, .revokeCertificate, .pick, .discardPicks, .forgetPreviousKey:
            storyOfCertificate(command, before: before)
        default: storyOfPlant(command)
        }
    }

    private static func storyOfPlant(_ command: Command) -> Story? {
        switch command {
        case .createPortfolio(let id, _, let organization):
            ("portfolio.created", nil, nil, ["portfolio": id.text, "organization": organization.text])
        case .renamePortfolio(let id, let name):
            ("portfolio.renamed", nil, nil, ["portfolio": id.text, "name": name])
        case .deletePortfolio(let id): ("portfolio.deleted", nil, nil, ["portfolio": id.text])
        case .createPlant(let id, _, let portfolio, _):
            ("plant.created", nil, id, ["portfolio": portfolio.text])
        case .describePlant(let id, let name, _): ("plant.described", nil, id, ["name": name])
        case .movePlant(let id, let portfolio): ("plant.moved", nil, id, ["portfolio": portfolio.text])
        case .deletePlant(let id): ("plant.deleted", nil, id, [:])
        case .addSubnet(let id, let prefix): ("subnet.added", nil, id, ["subnet": prefix.description])
        case .changeSubnet(let id, let from, let to):
            ("subnet.changed", nil, id, ["from": from.description, "subnet": to.description])
        case .removeSubnet(let id, let prefix): ("subnet.removed", nil, id, ["subnet": prefix.description])
        case .setDevice(let id, let device):
            ("device.set", nil, id, ["device": device.name, "address": device.address.description])
        case .removeDevice(let id, let address): ("device.removed", nil, id, ["address": address.description])
        default: nil
        }
    }

    private static func storyOfCooperation(_ command: Command, before: Intent) -> Story? {
        switch command {
        case .proposeCooperation(let id, let owner, let partner, _, let cap, _):
            (
                "cooperation.proposed", nil, nil,
                ["cooperation": id.text, "owner": owner.text, "partner": partner.text, "cap": cap.rawValue]
            )
        case .setCooperationState(let id, let state):
            (
                before.cooperations[id]?.state == .paused && state == .accepted
                    ? "cooperation.resumed" : "cooperation.\(state.rawValue)",
                nil, nil, ["cooperation": id.text]
            )
        case .setCooperationCap(let id, let cap):
            ("cooperation.cap-changed", nil, nil, ["cooperation": id.text, "cap": cap.rawValue])
        case .setCooperationMembers(let id, let members):
            (
                "cooperation.members-changed", nil, nil,
                ["cooperation": id.text, "members": members.sorted.map(\.text).joined(separator: " ")]
            )
        default: nil
        }
    }

    private static func storyOfCertificate(_ command: Command, before: Intent) -> Story? {
        switch command {
        case .issueCertificate(let person, let key):
            ("certificate.issued", person, nil, ["key": fingerprint(of: key)])
        case .rotateCertificate(let person, let key):
            ("certificate.rotated", person, nil, ["key": fingerprint(of: key)])
        case .revokeCertificate(let person):
            (
                "certificate.revoked", person, nil,
                before.certificates[person].map { ["key": fingerprint(of: $0.publicKey)] } ?? [:]
            )
        case .pick(let person, let route):
            ("conflict.winner-changed", person, route.plant, ["subnet": route.subnet.description])
        case .discardPicks(let person, let routes):
            (
                "conflict.pick-discarded", person, routes.first?.plant,
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
