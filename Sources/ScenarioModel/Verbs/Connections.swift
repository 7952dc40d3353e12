package import AccessModel

package enum ConnectionKind {}
package typealias ConnectionID = Identifier<ConnectionKind>

extension Action {
    /// Opens a connection that stays; done when it is established.
    package struct Opening: VerbPayload {
        package var id: ConnectionID
        package var from: LaptopID
        package var target: Target
        /// One of tcp, modbus, http, ssh.
        package var via: ProbeProtocol
        package var heartbeat: Duration

        package init(id: ConnectionID, from: LaptopID, target: Target, via: ProbeProtocol, heartbeat: Duration) {
            self.id = id
            self.from = from
            self.target = target
            self.via = via
            self.heartbeat = heartbeat
        }

        package var sentence: String {
            "\(from) opens \(via.article) connection '\(id)' to \(target) and uses it every \(heartbeat.text)"
        }

        package var doer: Doer { .person(from.person) }

        package func check(_ state: inout PlanState) { state.declare("connection", id.text) }

        static let entry = VerbEntry(
            "open", "Opens a connection and keeps it open with a heartbeat.",
            keys: [
                .required("id", .name, "a name, for `connection` and `close`"),
                .required("from", .laptop, "the laptop"),
                .required("to", .target, "a device, or an address with or without a port"),
                .required("via", .choice(ProbeProtocol.self), "what is spoken; icmp and snmp make no connection"),
                .optional("plant", .plant, "in which plant, where several have such a device"),
                .optional("heartbeat", .duration, "how often it is used; 100ms unless said"),
            ],
            examples: [
                "open: { id: shell, from: anna/laptop, to: inverter-1, plant: park-a, via: modbus, heartbeat: 200ms }"
            ]
        ) { reader, fields, _ in reader.opening(&fields).map { .open($0) } }
    }

    package struct Closing: VerbPayload {
        package var id: ConnectionID

        package init(_ id: ConnectionID) { self.id = id }

        package var sentence: String { "the connection '\(id)' is closed" }

        package func check(_ state: inout PlanState) { state.require("connection", id.text) }

        static let entry = VerbEntry(
            "close", "Closes a connection that an `open` step made.",
            keys: [.required("id", .name, "the name that `open` gave it")], examples: ["close: { id: shell }"]
        ) { _, fields, _ in
            fields.required("id")?.text("the id of a connection").map { .close(Closing(ConnectionID($0))) }
        }
    }
}

extension StepReader {
    fileprivate func opening(_ fields: inout Fields) -> Action.Opening? {
        let id = fields.required("id")?.text("an id for the connection")
        let from = fields.required("from").flatMap(self.laptop)
        let via = fields.required("via")
        let service = via?.choice("what is spoken", ProbeProtocol.self)
        if let via, let service, !service.connects {
            via.error("\(service.rawValue) makes no connection that could stay open")
        }
        let plant = fields.optional("plant").flatMap(self.plant)
        let heartbeat = fields.optional("heartbeat").map { $0.span() }
        let to = fields.required("to")
        guard let id, let from, let service, let to, let target = self.keptTarget(to, plant: plant, via: service) else {
            return nil
        }
        return Action.Opening(
            id: ConnectionID(id), from: from, target: target, via: service,
            heartbeat: (heartbeat ?? nil) ?? .milliseconds(100))
    }
}
