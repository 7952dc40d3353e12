package import AccessModel
import Addressing

extension Fixture {
    /// What the fixture says, as the control plane starts with it: nobody holds a certificate, every agent is provisioned.
    ///
    /// - Precondition: names are unique, as a fixture that was read has them.
    package var intent: Intent {
        var intent = Intent(
            policy: AccessPolicy(
                defaultWinner: controlPlane.defaultWinner, offlineAgent: controlPlane.offlineAgent,
                pool: controlPlane.pool),
            grants: Dictionary(grouping: grants, by: \.person).mapValues { grants in
                Self.earliest(grants).map { AccessModel.Grant(place: $0.place, since: $0.since) }
            })
        for organization in organizations {
            var members: [PersonID: AccessModel.Member] = [:]
            for member in organization.members {
                members[member.person] = AccessModel.Member(standing: member.standing, jobRole: member.jobRole)
                intent.people[member.person] = Person(name: member.person.text)
            }
            intent.organizations[organization.id] = AccessModel.Organization(
                name: organization.id.text, members: members)
            for portfolio in organization.portfolios {
                intent.portfolios[portfolio.id] = AccessModel.Portfolio(
                    name: portfolio.id.text, organization: organization.id)
                for plant in portfolio.plants where plant.isListed {
                    intent.plants[plant.id] = plant.described(in: portfolio.id)
                    for (id, _) in plant.agents { intent.agents[id] = AccessModel.Agent(plant: plant.id) }
                }
            }
        }
        for cooperation in cooperations {
            intent.cooperations[cooperation.id] = AccessModel.Cooperation(
                owner: cooperation.owner, partner: cooperation.partner, shares: [.plant(cooperation.plant)],
                cap: cooperation.cap, members: SortedSet(cooperation.members),
                state: cooperation.isAccepted ? .accepted : .proposed)
        }
        return intent
    }

    /// Each place once, with its oldest grant.
    private static func earliest(_ grants: [Grant]) -> [Grant] {
        Dictionary(grouping: grants, by: \.place).values
            .compactMap { $0.min { $0.since < $1.since } }
            .sorted { $0.place < $1.place }
    }
}

extension Fixture.Plant {
    /// The plant's agents by their ids; the first goes by the plant's name.
    package var agents: [(id: AgentID, agent: Fixture.Agent)] {
        [(agentID(.first), agent)] + (secondAgent.map { [(agentID(.second), $0)] } ?? [])
    }

    /// What an agent goes by, whether the plant has it or not.
    package func agentID(_ place: Fixture.AgentPlace) -> AgentID {
        AgentID(place == .first ? id.text : "\(id.text)-2")
    }

    fileprivate func described(in portfolio: PortfolioID) -> Plant {
        Plant(
            name: id.text, portfolio: portfolio, place: place,
            subnets: subnets.filter(\.isListed).map { subnet in
                AccessModel.Subnet(
                    prefix: subnet.prefix,
                    devices: subnet.devices.map { device in
                        AccessModel.Device(
                            name: device.name, address: device.address, type: device.type.rawValue,
                            services: [device.describedService])
                    })
            })
    }
}

extension Fixture.Device {
    /// Its service as the control plane is told of it: what it names in the audit.
    fileprivate var describedService: Service {
        Service(name: serviceName, transport: service == .snmp ? 17 : 6, port: port)
    }
}
