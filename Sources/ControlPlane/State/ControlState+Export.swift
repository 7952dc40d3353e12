import AccessModel
import Addressing
import ControlProtocol

extension ControlState {
    /// Everything that was decided, without keys, tokens and names of people's own.
    func document(at now: Timestamp) -> StateDocument {
        let states = states(of: view.agents)
        return StateDocument(
            exported: now, defaultWinner: intent.policy.defaultWinner, offlineAgent: intent.policy.offlineAgent,
            organizations: intent.organizations.sorted { $0.key < $1.key }.map { id, organization in
                StateDocument.Organization(
                    id: id, members: members(of: organization), portfolios: portfolios(of: id, states))
            },
            cooperations: intent.cooperations.sorted { $0.key < $1.key }.map { id, cooperation in
                StateDocument.Cooperation(
                    id: id, owner: cooperation.owner, partner: cooperation.partner, shares: cooperation.shares.sorted,
                    cap: cooperation.cap, members: cooperation.members.sorted, state: cooperation.state)
            },
            grants: intent.grants.sorted { $0.key < $1.key }.flatMap { person, grants in
                grants.map { StateDocument.Grant(person: person, place: $0.place, since: $0.since) }
            },
            picks: intent.picks.flatMap { person, picks in picks.map { (person, $0) } }
                .sorted { $0.1.order < $1.1.order }
                .map { StateDocument.Choice(person: $0, plant: $1.plant, subnet: $1.subnet) },
            owners: owners)
    }

    private func members(of organization: AccessModel.Organization) -> [StateDocument.Member] {
        organization.members.sorted { $0.key < $1.key }.map { person, member in
            StateDocument.Member(
                person: person, standing: member.standing, jobRole: member.jobRole,
                isActive: intent.people[person]?.isActive ?? true, hasCertificate: intent.certificates[person] != nil)
        }
    }

    private func portfolios(
        of organization: OrganizationID, _ states: [PlantID: PlantState]
    ) -> [StateDocument.Portfolio] {
        intent.portfolios.filter { $0.value.organization == organization }.sorted { $0.key < $1.key }.map { id, _ in
            let plants = intent.plants.filter { $0.value.portfolio == id }.sorted { $0.key < $1.key }
            return StateDocument.Portfolio(
                id: id,
                plants: plants.map { id, plant in
                    StateDocument.Plant(
                        id: id,
                        subnets: plant.subnets.map { subnet in
                            StateDocument.Subnet(
                                prefix: subnet.prefix,
                                devices: subnet.devices.map {
                                    .init(name: $0.name, address: $0.address, type: $0.type)
                                })
                        }, agent: states[id] ?? .noAgent)
                })
        }
    }

    /// The winner of each contested subnet, for everybody who has one.
    private var owners: [StateDocument.Choice] {
        histories.keys.sorted().flatMap { person in
            released(person).rows.filter { $0.conflict?.role == .winner }
                .map { StateDocument.Choice(person: person, plant: $0.plant, subnet: $0.subnet) }
        }
    }
}
