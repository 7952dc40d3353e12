import AccessModel
import ControlProtocol

/// Names that say nothing, each the same wherever it stands: `person-1`, `park-2`.
struct Pseudonyms {
    private var names: [String: [String: String]] = [:]

    mutating func apply(to document: StateDocument) -> StateDocument {
        var document = document
        document.organizations = document.organizations.map { organization in
            StateDocument.Organization(
                id: OrganizationID(name("org", organization.id.text)),
                members: organization.members.map { member in
                    var member = member
                    member.person = person(member.person)
                    return member
                },
                portfolios: organization.portfolios.map { portfolio in
                    StateDocument.Portfolio(
                        id: PortfolioID(name("portfolio", portfolio.id.text)),
                        plants: portfolio.plants.map { plant($0) })
                })
        }
        document.cooperations = document.cooperations.map { cooperation in
            StateDocument.Cooperation(
                id: CooperationID(name("cooperation", cooperation.id.text)),
                owner: OrganizationID(name("org", cooperation.owner.text)),
                partner: OrganizationID(name("org", cooperation.partner.text)),
                shares: cooperation.shares.map { place($0) }, cap: cooperation.cap,
                members: cooperation.members.map { person($0) }, state: cooperation.state)
        }
        document.grants = document.grants.map {
            StateDocument.Grant(person: person($0.person), place: place($0.place), since: $0.since)
        }
        document.picks = document.picks.map { choice($0) }
        document.owners = document.owners.map { choice($0) }
        return document
    }

    private mutating func plant(_ plant: StateDocument.Plant) -> StateDocument.Plant {
        var plant = plant
        plant.id = PlantID(name("park", plant.id.text))
        for index in plant.subnets.indices {
            // A device's name may be a customer's; its kind says what it is.
            for (number, device) in plant.subnets[index].devices.enumerated() {
                let kind = device.type.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "-") } ? device.type : "device"
                plant.subnets[index].devices[number].name = "\(kind)-\(index + 1)-\(number + 1)"
            }
        }
        return plant
    }

    private mutating func choice(_ choice: StateDocument.Choice) -> StateDocument.Choice {
        StateDocument.Choice(
            person: person(choice.person), plant: PlantID(name("park", choice.plant.text)), subnet: choice.subnet)
    }

    private mutating func person(_ id: PersonID) -> PersonID { PersonID(name("person", id.text)) }

    private mutating func place(_ place: Place) -> Place {
        switch place {
        case .plant(let id): .plant(PlantID(name("park", id.text)))
        case .portfolio(let id): .portfolio(PortfolioID(name("portfolio", id.text)))
        case .organization(let id): .organization(OrganizationID(name("org", id.text)))
        }
    }

    private mutating func name(_ kind: String, _ text: String) -> String {
        if let known = names[kind]?[text] { return known }
        let fresh = "\(kind)-\((names[kind]?.count ?? 0) + 1)"
        names[kind, default: [:]][text] = fresh
        return fresh
    }
}
