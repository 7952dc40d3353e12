import AccessModel
import Addressing

extension StepReader {
    /// Reads a verb that changes the world.
    func action(_ verb: String, _ cursor: Cursor) -> Step.Body? {
        guard var fields = cursor.fields("'\(verb)'") else { return nil }
        let actor = fields.optional("as").map(self.person)
        let refusal = fields.optional("refused")?.text("the name of a refusal such as certificate-exists")
        let read: Action.Verb? =
            switch verb {
            case "grant", "withdraw": grantChange(verb, &fields)
            case "issue", "rotate": certificate(verb, &fields)
            case "revoke": fields.required("for").flatMap(self.person).map { .revoke($0) }
            case "connect": fields.required("laptop").flatMap(self.laptop).map { .connect($0) }
            case "disconnect": fields.required("laptop").flatMap(self.laptop).map { .disconnect($0) }
            case "agent": agentChange(&fields)
            case "use-park": usePark(&fields, actor: actor ?? nil)
            case "refresh": fields.required("for").flatMap(self.person).map { .refresh($0) }
            case "sync": sync(&fields)
            case "open": open(&fields)
            case "close": fields.required("id")?.text("the id of a connection").map { .close(ConnectionID($0)) }
            case "fault": fault(&fields)
            default: heal(&fields)
            }
        fields.finish("'\(verb)'")
        guard let read else { return nil }
        return .act(Action(read, actor: (actor ?? nil) ?? defaultActor(of: read)), refusal: refusal)
    }

    private func grantChange(_ verb: String, _ fields: inout Fields) -> Action.Verb? {
        let person = fields.required(verb == "grant" ? "to" : "from").flatMap(self.person)
        guard let (key, value) = fields.exactlyOne(of: ["plant", "plants", "portfolio", "organization"]) else {
            return nil
        }
        var places: [Place] = []
        if key == "plants" {
            guard let items = value.items("plants") else { return nil }
            places = items.compactMap { plant($0).map { .plant($0) } }
            guard places.count == items.count else { return nil }
        } else if let names {
            guard let place = names.place(key, value) else { return nil }
            places = [place]
        }
        guard let person else { return nil }
        let change = Action.GrantChange(person: person, places: places)
        return verb == "grant" ? .grant(change) : .withdraw(change)
    }

    private func certificate(_ verb: String, _ fields: inout Fields) -> Action.Verb? {
        let person = fields.required("for").flatMap(self.person)
        guard let cursor = fields.required("laptop"), let name = cursor.text("the name of a laptop"), let person
        else { return nil }
        guard !name.contains("/") else {
            cursor.error(
                "here the laptop goes without its person",
                suggestion: name.split(separator: "/").last.map(String.init))
            return nil
        }
        let id = LaptopID(person: person, name: name)
        guard known(id, at: cursor) else { return nil }
        return verb == "issue" ? .issue(id) : .rotate(id)
    }

    private func agentChange(_ fields: inout Fields) -> Action.Verb? {
        guard let (key, value) = fields.exactlyOne(of: Action.AgentChange.Change.allCases.map(\.rawValue)),
            let plant = self.plant(value), let change = Action.AgentChange.Change(rawValue: key)
        else { return nil }
        return .agent(Action.AgentChange(plant: plant, change: change))
    }

    private func usePark(_ fields: inout Fields, actor: PersonID?) -> Action.Verb? {
        if !fields.contains("as") { log.error("'as' is missing: who chooses?", at: fields.location) }
        let plant = fields.required("plant").flatMap(self.plant)
        let subnet = fields.required("subnet").flatMap { self.subnet($0, of: plant) }
        guard let actor, let plant, let subnet else { return nil }
        return .usePark(Action.UsePark(person: actor, subnet: subnet, plant: plant))
    }

    private func sync(_ fields: inout Fields) -> Action.Verb? {
        guard let (key, value) = fields.exactlyOne(of: ["now", "pause", "every", "next"]) else { return nil }
        switch key {
        case "now": return value.isTrue() ? .sync(.now) : nil
        case "pause": return value.isTrue() ? .sync(.pause) : nil
        case "next": return value.isTrue() ? .sync(.next) : nil
        default:
            guard let interval = value.duration() else { return nil }
            guard interval >= .milliseconds(10) else {
                value.error("ticks are at least 10ms apart")
                return nil
            }
            return .sync(.every(interval))
        }
    }

    private func open(_ fields: inout Fields) -> Action.Verb? {
        let id = fields.required("id")?.text("an id for the connection")
        let from = fields.required("from").flatMap(self.laptop)
        let via = fields.required("via")
        let service = via?.choice("what is spoken", ProbeProtocol.self)
        if let via, service == .icmp { via.error("icmp makes no connection that could stay open") }
        let plant = fields.optional("plant").flatMap(self.plant)
        let heartbeat = fields.optional("heartbeat").map { $0.duration() }
        let to = fields.required("to")
        guard let id, let from, let service, let to, let target = self.target(to, plant: plant, via: service) else {
            return nil
        }
        return .open(
            Action.Opening(
                id: ConnectionID(id), from: from, target: target, via: service,
                heartbeat: (heartbeat ?? nil) ?? .milliseconds(100)))
    }

    private func fault(_ fields: inout Fields) -> Action.Verb? {
        let id = fields.optional("id")?.text("an id for the fault").map { FaultID($0) }
        guard let (key, value) = fields.exactlyOne(of: ["uplink-of", "restart", "kill"]) else {
            fields.allow(["loss", "delay"])
            return nil
        }
        guard key == "uplink-of" else {
            guard let role = value.choice("a role", Action.Role.self) else { return nil }
            return .fault(Action.Fault(id: id, kind: key == "restart" ? .restart(role) : .kill(role)))
        }
        let plant = self.plant(value)
        let loss = fields.optional("loss").map { $0.percentage("a share") }
        let delay = fields.optional("delay").map { $0.duration() }
        if loss == nil, delay == nil {
            log.error("the fault does nothing: say 'loss' or 'delay'", at: fields.location)
        }
        guard let plant else { return nil }
        let uplink = Action.Fault.Uplink(plant: plant, loss: loss ?? nil, delay: delay ?? nil)
        return .fault(Action.Fault(id: id, kind: .uplink(uplink)))
    }

    private func heal(_ fields: inout Fields) -> Action.Verb? {
        guard let (key, value) = fields.exactlyOne(of: ["id", "all"]) else { return nil }
        if key == "all" { return value.isTrue() ? .heal(nil) : nil }
        return value.text("the id of a fault").map { .heal(FaultID($0)) }
    }

    /// People act for themselves; permissions and agents are changed by the admin of the plant's owner.
    private func defaultActor(of verb: Action.Verb) -> PersonID? {
        switch verb {
        case .grant(let change), .withdraw(let change): change.places.first.flatMap(admin)
        case .issue(let laptop), .rotate(let laptop), .connect(let laptop), .disconnect(let laptop): laptop.person
        case .revoke(let person), .refresh(let person): person
        case .agent(let change): admin(of: .plant(change.plant))
        case .usePark(let use): use.person
        case .open(let opening): opening.from.person
        case .sync, .close, .fault, .heal: nil
        }
    }

    private func admin(of place: Place) -> PersonID? {
        let owner: Fixture.Organization? =
            switch place {
            case .plant(let id): fixture?.owner(of: id)
            case .portfolio(let id): fixture?.organizations.first { $0.portfolios.contains { $0.id == id } }
            case .organization(let id): fixture?.organizations.first { $0.id == id }
            }
        return owner?.members.filter { $0.standing == .admin }.map(\.person).min()
    }
}
