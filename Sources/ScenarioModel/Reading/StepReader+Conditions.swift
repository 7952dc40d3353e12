import AccessModel
import Addressing

extension StepReader {
    static let conditionKeys = ["reach", "tunnel", "route", "routes", "connection", "session", "audit"]

    /// One condition or a list of them.
    func conditions(_ cursor: Cursor) -> [Condition]? {
        let items = cursor.oneOrMore()
        if items.isEmpty { cursor.error("no conditions") }
        let read = items.map(condition)
        return read.contains { $0 == nil } || items.isEmpty ? nil : read.compactMap { $0 }
    }

    private func condition(_ cursor: Cursor) -> Condition? {
        guard let fields = cursor.fields("a condition") else { return nil }
        let present = fields.keys.filter(Self.conditionKeys.contains)
        if let unknown = fields.keys.first(where: { !Self.conditionKeys.contains($0) }),
            let location = fields.keyLocation(unknown)
        {
            let suggestion = Spelling.nearest(to: unknown, among: Self.conditionKeys)
            let hint = suggestion == nil ? " (known: \(Self.conditionKeys.joined(separator: ", ")))" : ""
            log.error("unknown condition '\(unknown)'\(hint)", at: location, suggestion: suggestion)
            return nil
        }
        guard let key = present.first else {
            log.error("the condition is empty", at: fields.location)
            return nil
        }
        if present.count > 1, let location = fields.keyLocation(present[1]) {
            log.error("one condition a mapping: make it a list, '- \(key): …' and '- \(present[1]): …'", at: location)
            return nil
        }
        var outer = fields
        guard let value = outer.optional(key), var inner = value.fields("'\(key)'") else { return nil }
        let condition: Condition? =
            switch key {
            case "reach": reach(&inner).map(Condition.reach)
            case "tunnel": tunnel(&inner).map(Condition.tunnel)
            case "route": route(&inner).map(Condition.route)
            case "routes": routes(&inner).map(Condition.routes)
            case "connection": connection(&inner).map(Condition.connection)
            case "session": session(&inner).map(Condition.session)
            default: audit(&inner).map(Condition.audit)
            }
        inner.finish("'\(key)'")
        return condition
    }

    private func tunnel(_ fields: inout Fields) -> Condition.Tunnel? {
        let laptop = fields.required("laptop").flatMap(self.laptop)
        let state = fields.required("state")?.choice("a state of a tunnel", Condition.TunnelState.self)
        guard let laptop, let state else { return nil }
        return Condition.Tunnel(laptop: laptop, state: state)
    }

    private func route(_ fields: inout Fields) -> Condition.Route? {
        let person = fields.required("for").flatMap(self.person)
        let plant = fields.required("plant").flatMap(self.plant)
        let subnet = fields.optional("subnet").map { self.subnet($0, of: plant) }
        let status = fields.optional("status").map { $0.choice("a status", Condition.RouteStatus.self) }
        let reason = fields.optional("reason").map { $0.choice("a reason", RouteReason.self) }
        let pending = fields.optional("pending").map { $0.choice("what is pending", Condition.Pending.self) }
        let role = fields.optional("role").map { $0.choice("a role", Condition.ConflictRole.self) }
        if status == nil, reason == nil, pending == nil, role == nil {
            log.error("'route' asserts nothing: say 'status', 'reason', 'pending' or 'role'", at: fields.location)
        }
        if status == .absent, reason != nil || pending != nil || role != nil {
            log.error("an absent row has no reason, nothing pending and no role", at: fields.location)
        }
        guard let person, let plant else { return nil }
        var route = Condition.Route(person: person, plant: plant, subnet: subnet ?? nil, status: status ?? nil)
        route.reason = reason??.rawValue
        route.pending = pending ?? nil
        route.role = role ?? nil
        return route
    }

    private enum RouteReason: String, CaseIterable {
        case noAgent = "no_agent"
        case agentOffline = "agent_offline"
        case reservedRange = "reserved_range"
    }

    private func routes(_ fields: inout Fields) -> Condition.Routes? {
        let person = fields.required("for").flatMap(self.person)
        let isOrdered = fields.optional("ordered")?.bool() ?? false
        guard let (key, value) = fields.exactlyOne(of: ["exact", "includes"]),
            let items = value.items("rows such as [park-a, 192.168.1.0/24, active]")
        else { return nil }
        let rows = items.map(row)
        guard let person, !rows.contains(where: { $0 == nil }) else { return nil }
        return Condition.Routes(
            person: person, rows: rows.compactMap { $0 }, isExact: key == "exact", isOrdered: isOrdered)
    }

    private func row(_ cursor: Cursor) -> Condition.Routes.Row? {
        guard let cells = cursor.items("plant, subnet and status") else { return nil }
        guard cells.count == 3 else {
            cursor.error("a row is [plant, subnet, status]")
            return nil
        }
        let plant = self.plant(cells[0])
        let subnet = self.subnet(cells[1], of: plant)
        let status = cells[2].choice("a status", Condition.RouteStatus.self)
        if status == .absent {
            cells[2].error("a row that is absent is left out")
            return nil
        }
        guard let plant, let subnet, let status else { return nil }
        return Condition.Routes.Row(plant: plant, subnet: subnet, status: status)
    }

    private func connection(_ fields: inout Fields) -> Condition.Connection? {
        let id = fields.required("id")?.text("the id of a connection")
        guard let (key, value) = fields.exactlyOne(of: ["state", "ended"]) else { return nil }
        let state: Condition.ConnectionState? =
            if key == "state" {
                value.choice("a state (for others say 'ended')", OpenState.self).map { _ in .open }
            } else {
                value.choice("an end of a connection", End.self).flatMap {
                    Condition.ConnectionState(rawValue: $0.rawValue)
                }
            }
        guard let id, let state else { return nil }
        return Condition.Connection(id: ConnectionID(id), state: state)
    }

    private enum OpenState: String, CaseIterable { case open }

    private enum End: String, CaseIterable { case reset, closed, stalled }

    private func session(_ fields: inout Fields) -> Condition.Session? {
        let person = fields.required("for").flatMap(self.person)
        let isOnline = fields.optional("online").map { $0.bool() }
        let bytes = fields.optional("bytes-above").map { $0.int("a number of bytes", in: 0...Int.max) }
        if isOnline == nil, bytes == nil {
            log.error("'session' asserts nothing: say 'online' or 'bytes-above'", at: fields.location)
        }
        guard let person else { return nil }
        return Condition.Session(person: person, isOnline: isOnline ?? nil, bytesAbove: bytes ?? nil)
    }

    private func audit(_ fields: inout Fields) -> Condition.Audit? {
        let action = fields.required("action")?.text("an action such as certificate.revoked")
        let actor = fields.optional("by").map(self.person)
        let plant = fields.optional("plant").map(self.plant)
        let count = fields.optional("count").map { $0.int("a number of entries", in: 0...1_000_000) }
        guard let action else { return nil }
        return Condition.Audit(action: action, actor: actor ?? nil, plant: plant ?? nil, count: count ?? nil)
    }
}
