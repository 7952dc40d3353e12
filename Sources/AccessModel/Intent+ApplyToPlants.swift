import Addressing

extension Intent {
    mutating func applyToPlants(_ command: Command, at now: Timestamp) throws(CommandError) {
        switch command {
        case .createPortfolio(let id, let name, let organization):
            try checkName(id.text)
            _ = try self.organization(organization)
            try checkTitle(name)
            guard portfolios[id] == nil else { throw CommandError(.exists, "there is a portfolio \(id)") }
            portfolios[id] = Portfolio(name: name, organization: organization)
        case .renamePortfolio(let id, let name):
            _ = try portfolio(id)
            try checkTitle(name)
            portfolios[id]?.name = name
        case .deletePortfolio(let id):
            _ = try portfolio(id)
            guard !plants.values.contains(where: { $0.portfolio == id }) else {
                throw CommandError(.notEmpty, "\(id) has plants")
            }
            portfolios[id] = nil
            forget(.portfolio(id))
        case .createPlant(let id, let name, let portfolio, let place):
            try checkName(id.text)
            _ = try self.portfolio(portfolio)
            try checkTitle(name)
            guard plants[id] == nil else { throw CommandError(.exists, "there is a plant \(id)") }
            guard !retiredPlants.contains(id) else {
                throw CommandError(.idRetired, "a plant \(id) was deleted: a new plant has a new id")
            }
            plants[id] = Plant(name: name, portfolio: portfolio, place: place)
        case .describePlant(let id, let name, let place):
            _ = try plant(id)
            try checkTitle(name)
            plants[id]?.name = name
            plants[id]?.place = place
        case .movePlant(let id, let portfolio):
            let organization = try self.portfolio(portfolio).organization
            _ = try plant(id)
            guard owner(of: id) == organization else {
                throw CommandError(.notShareable, "\(id) cannot be moved to another organisation")
            }
            plants[id]?.portfolio = portfolio
        case .deletePlant(let id):
            _ = try plant(id)
            plants[id] = nil
            retiredPlants.insert(id)
            forget(.plant(id))
            for (agent, value) in agents where value.plant == id { agents[agent]?.isProvisioned = false }
        default:
            try applyToSubnets(command, at: now)
        }
    }

    private mutating func applyToSubnets(_ command: Command, at now: Timestamp) throws(CommandError) {
        switch command {
        case .addSubnet(let id, let prefix):
            let plant = try self.plant(id)
            try check(prefix, in: plant, of: id)
            plants[id]?[prefix] = Subnet(prefix: prefix, since: now)
        case .changeSubnet(let id, let from, let to):
            var plant = try self.plant(id)
            let before = try subnet(from, in: plant, of: id)
            guard from != to else { return }
            plant[from] = nil
            try check(to, in: plant, of: id)
            let devices = before.devices.filter { to.contains($0.address) }
            plant[to] = Subnet(prefix: to, devices: devices, since: now)
            plants[id] = plant
        case .removeSubnet(let id, let prefix):
            let plant = try self.plant(id)
            _ = try subnet(prefix, in: plant, of: id)
            plants[id]?[prefix] = nil
        case .setDevice(let id, let device):
            try checkName(device.name)
            guard var subnet = try plant(id).subnets.last(where: { $0.prefix.contains(device.address) }) else {
                throw CommandError(.notInSubnet, "\(device.address) lies in no subnet of \(id)")
            }
            subnet.devices.removeAll { $0.address == device.address }
            subnet.devices.append(device)
            plants[id]?[subnet.prefix] = subnet
        case .removeDevice(let id, let address):
            let plant = try self.plant(id)
            guard plant.device(at: address) != nil else {
                throw CommandError(.unknownDevice, "\(id) has no device at \(address)")
            }
            for var subnet in plant.subnets {
                subnet.devices.removeAll { $0.address == address }
                plants[id]?[subnet.prefix] = subnet
            }
        default:
            break
        }
    }

    /// Drops what named a place that is gone.
    mutating func forget(_ place: Place) {
        for person in grants.keys {
            grants[person]?.removeAll { $0.place == place }
            if grants[person]?.isEmpty == true { grants[person] = nil }
        }
        for id in cooperations.keys { cooperations[id]?.shares.remove(place) }
    }

    private func check(_ prefix: Prefix, in plant: Plant, of id: PlantID) throws(CommandError) {
        if let refusal = SubnetRule.refusal(of: prefix, pool: policy.pool) {
            throw CommandError(.refusedRange, refusal)
        }
        guard plant[prefix] == nil else { throw CommandError(.exists, "\(id) has \(prefix) already") }
    }

    private func subnet(_ prefix: Prefix, in plant: Plant, of id: PlantID) throws(CommandError) -> Subnet {
        guard let subnet = plant[prefix] else { throw CommandError(.unknownSubnet, "\(id) has no \(prefix)") }
        return subnet
    }
}
