package import AccessModel
package import Addressing

extension Condition {
    /// One plant among a person's routes; without a subnet, every row of the plant.
    package struct Route: Hashable, Sendable, Codable {
        package var person: PersonID
        package var plant: PlantID
        package var subnet: Prefix?
        /// `nil` does not matter; `absent` means that there is no such row.
        package var status: RouteStatus?
        package var reason: String?
        package var pending: Pending?
        package var role: ConflictRole?
        /// The parts of the row's range that other plants have, exactly.
        package var shadowed: [Prefix]?

        package init(person: PersonID, plant: PlantID, subnet: Prefix? = nil, status: RouteStatus? = nil) {
            self.person = person
            self.plant = plant
            self.subnet = subnet
            self.status = status
        }
    }

    package enum RouteStatus: String, Hashable, Sendable, Codable, CaseIterable {
        case active, conflict, unreachable
        /// No such row.
        case absent
    }

    package enum Pending: String, Hashable, Sendable, Codable, CaseIterable {
        case add, remove
    }

    package enum ConflictRole: String, Hashable, Sendable, Codable, CaseIterable {
        case winner, loser
    }

    /// Why a row is as it is, in the API's words.
    package enum RouteReason: String, Hashable, Sendable, Codable, CaseIterable {
        case noAgent = "no_agent"
        case agentOffline = "agent_offline"
        case reservedRange = "reserved_range"
    }
}

extension Condition.Route: ConditionPayload {
    package var sentence: String {
        let row = "\(person)'s route to \(plant)\(subnet.map { " \($0)" } ?? "")"
        var parts: [String] = []
        if let status { parts.append("is \(status.rawValue)") }
        if let reason { parts.append("has the reason \(reason)") }
        if let pending { parts.append("waits for the sync to \(pending.rawValue) it") }
        if let role { parts.append("is the \(role.rawValue)") }
        if let shadowed {
            parts.append(
                shadowed.isEmpty ? "is shadowed nowhere" : "is shadowed in \(list(shadowed.map(\.description)))")
        }
        return "\(row) \(parts.joined(separator: " and "))"
    }

    package func judge(_ sighting: Sighting) -> Judgement? {
        guard case .routes(let rows) = sighting else { return nil }
        let own = rows.filter { $0.plant == plant && (subnet == nil || $0.subnet == subnet) }
        guard !own.isEmpty else { return Judgement(status == .absent, "no row of \(plant)") }
        let seen = own.map(\.text).joined(separator: "; ")
        guard status != .absent else { return Judgement(false, seen) }
        // `status` alone says nothing about what is pending; `pending` and `reason` are asked for by name.
        return Judgement(
            own.allSatisfy { row in
                (status == nil || row.status == status) && (reason == nil || row.reason == reason)
                    && (pending == nil || row.pending == pending) && (role == nil || row.role == role)
                    && (shadowed.map { $0.sorted() == row.shadowed.sorted() } ?? true)
            }, seen)
    }

    static let entry = ConditionEntry(
        "route", "One plant among a person's reachable subnets; without `subnet`, every row of the plant.",
        keys: [
            .required("for", .person, "whose routes"),
            .required("plant", .plant, "which plant"),
            .optional("subnet", .subnet, "which of its subnets"),
            .someOf(
                "what", "status", .choice(Condition.RouteStatus.self), "as the page shows it; `absent`: no such row"),
            .someOf("what", "reason", .choice(Condition.RouteReason.self), "why it is unreachable"),
            .someOf("what", "pending", .choice(Condition.Pending.self), "what the next sync will do to it"),
            .someOf("what", "role", .choice(Condition.ConflictRole.self), "which side of a conflict it is on"),
            .someOf("what", "shadowed", .list(.subnet), "the parts of its range that lead to other plants, exactly"),
        ],
        examples: [
            "route: { for: anna, plant: park-b, subnet: 192.168.1.0/24, status: conflict, role: loser, shadowed: [192.168.1.0/24] }",
            "route: { for: anna, plant: park-a, status: unreachable, reason: agent_offline, pending: remove }",
        ]
    ) { reader, fields in reader.route(&fields).map(Condition.route) }
}

extension RouteRow {
    /// The row in the words of a table.
    package var text: String {
        var parts = ["\(plant) \(subnet) \(status.rawValue)"]
        if let reason { parts.append("(\(reason))") }
        if let pending { parts.append("pending \(pending.rawValue)") }
        if !shadowed.isEmpty { parts.append("shadowed in \(list(shadowed.map(\.description)))") }
        return parts.joined(separator: " ")
    }
}

extension StepReader {
    fileprivate func route(_ fields: inout Fields) -> Condition.Route? {
        let person = fields.required("for").flatMap(self.person)
        let plant = fields.required("plant").flatMap(self.plant)
        let subnet = fields.optional("subnet").map { self.subnet($0, of: plant) }
        let status = fields.optional("status").map { $0.choice("a status", Condition.RouteStatus.self) }
        let reason = fields.optional("reason").map { $0.choice("a reason", Condition.RouteReason.self) }
        let pending = fields.optional("pending").map { $0.choice("what is pending", Condition.Pending.self) }
        let role = fields.optional("role").map { $0.choice("a role", Condition.ConflictRole.self) }
        let shadowed = fields.optional("shadowed").map { $0.items("subnets")?.compactMap { $0.prefix() } }
        if status == nil, reason == nil, pending == nil, role == nil, shadowed == nil {
            log.error(
                "'route' asserts nothing: say 'status', 'reason', 'pending', 'role' or 'shadowed'", at: fields.location)
        }
        if status == .absent, reason != nil || pending != nil || role != nil || shadowed != nil {
            log.error("an absent row has no reason, nothing pending and no role", at: fields.location)
        }
        guard let person, let plant else { return nil }
        var route = Condition.Route(person: person, plant: plant, subnet: subnet ?? nil, status: status ?? nil)
        route.reason = reason??.rawValue
        route.pending = pending ?? nil
        route.role = role ?? nil
        route.shadowed = shadowed ?? nil
        return route
    }
}
