package import AccessModel
package import Addressing

extension Action {
    /// What becomes of a plant in the control plane; its site stands where it stands.
    package struct PlantChange: VerbPayload {
        package var plant: PlantID
        package var change: Change

        package enum Change: Hashable, Sendable, Codable {
            /// With the subnets that the fixture lists for it.
            case create(PortfolioID)
            case move(PortfolioID)
            case delete
        }

        package init(plant: PlantID, change: Change) {
            self.plant = plant
            self.change = change
        }

        package var sentence: String {
            switch change {
            case .create(let portfolio): "the plant \(plant) is created in \(portfolio)"
            case .move(let portfolio): "the plant \(plant) moves to \(portfolio)"
            case .delete: "the plant \(plant) is deleted"
            }
        }

        package var doer: Doer { .admin(of: [.plant(plant)]) }

        static let entry = VerbEntry(
            "plant", "Changes what the control plane knows of a plant; the site itself stays where it is.",
            keys: [
                .oneOf("what", "create", .plant, "one that the fixture has as `listed: false`, with its subnets"),
                .oneOf("what", "move", .plant, "goes to another portfolio; wants `to`"),
                .oneOf("what", "delete", .plant, "is gone, with its permissions"),
                .optional("to", .portfolio, "of `move` and `create`: the portfolio; else the fixture's"),
            ],
            examples: ["plant: { create: park-a }", "plant: { move: park-a, to: sued }", "plant: { delete: park-b }"]
        ) { reader, fields, _ in
            guard let (key, value) = fields.exactlyOne(of: ["create", "move", "delete"]) else { return nil }
            let plant = reader.plant(value)
            let target = key == "move" ? fields.required("to") : fields.optional("to")
            let portfolio = target.map(reader.portfolio)
            guard let plant else { return nil }
            let change: Change
            switch key {
            case "delete": change = .delete
            case "move":
                guard let portfolio, let portfolio else { return nil }
                change = .move(portfolio)
            default:
                guard let home = portfolio ?? reader.portfolio(of: plant) else { return nil }
                change = .create(home)
            }
            return .plant(PlantChange(plant: plant, change: change))
        }
    }

    /// What the control plane is told of a plant's ranges.
    package struct SubnetChange: VerbPayload {
        package var plant: PlantID
        package var change: Change

        package enum Change: Hashable, Sendable, Codable {
            case add(Prefix)
            case remove(Prefix)
            case edit(from: Prefix, to: Prefix)
        }

        package init(plant: PlantID, change: Change) {
            self.plant = plant
            self.change = change
        }

        package var sentence: String {
            switch change {
            case .add(let prefix): "\(plant) gets the subnet \(prefix)"
            case .remove(let prefix): "\(plant) loses the subnet \(prefix)"
            case .edit(let before, let after): "the subnet \(before) of \(plant) becomes \(after)"
            }
        }

        package var doer: Doer { .admin(of: [.plant(plant)]) }

        static let entry = VerbEntry(
            "subnet", "Changes which subnets the control plane knows of a plant; the site's own network stays.",
            keys: [
                .required("plant", .plant, "whose subnet"),
                .oneOf("what", "add", .subnet, "a new one"),
                .oneOf("what", "remove", .subnet, "one that the plant has"),
                .oneOf("what", "edit", .subnet, "one that the plant has; wants `to`"),
                .optional("to", .subnet, "of `edit`: what it becomes"),
            ],
            examples: [
                "subnet: { plant: park-a, add: 10.9.0.0/24 }", "subnet: { plant: park-a, remove: 192.168.1.0/24 }",
                "subnet: { plant: park-a, edit: 192.168.1.0/24, to: 192.168.1.0/25 }",
            ]
        ) { reader, fields, _ in
            let plant = fields.required("plant").flatMap(reader.plant)
            guard let (key, value) = fields.exactlyOne(of: ["add", "remove", "edit"]) else { return nil }
            let after = key == "edit" ? fields.required("to")?.prefix() : key == "add" ? value.prefix() : nil
            if let plant, let after { reader.proposed.subnets[plant, default: []].insert(after) }
            let before = key == "add" ? nil : reader.subnet(value, of: plant)
            guard let plant else { return nil }
            switch (before, after) {
            case (let before?, let after?):
                return .subnet(SubnetChange(plant: plant, change: .edit(from: before, to: after)))
            case (nil, let after?) where key == "add":
                return .subnet(SubnetChange(plant: plant, change: .add(after)))
            case (let before?, nil) where key == "remove":
                return .subnet(SubnetChange(plant: plant, change: .remove(before)))
            default: return nil
            }
        }
    }
}

extension StepReader {
    fileprivate func portfolio(of plant: PlantID) -> PortfolioID? {
        fixture?.portfolios.first { $0.plants.contains { $0.id == plant } }?.id
    }
}

/// What earlier steps of a file have added to what the fixture has.
final class ProposedNames {
    struct Parties {
        var owner: OrganizationID
        var partner: OrganizationID
    }

    var cooperations: [CooperationID: Parties] = [:]
    var subnets: [PlantID: Set<Prefix>] = [:]
}
