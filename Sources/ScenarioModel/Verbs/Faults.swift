package import AccessModel

package enum FaultKind {}
package typealias FaultID = Identifier<FaultKind>

extension Action {
    /// Something that is made to go wrong; heals at the end of the scenario at the latest.
    package struct Fault: VerbPayload {
        package var id: FaultID?
        package var kind: Kind

        package enum Kind: Hashable, Sendable, Codable {
            case uplink(Uplink)
            /// Ends the process and waits until it is back and ready.
            case restart(Role)
            case kill(Role)
        }

        /// An impairment of a plant's way to the internet, both directions.
        package struct Uplink: Hashable, Sendable, Codable {
            package var plant: PlantID
            /// Part of the packets, 0 to 1.
            package var loss: Double?
            package var delay: Duration?

            package init(plant: PlantID, loss: Double?, delay: Duration?) {
                self.plant = plant
                self.loss = loss
                self.delay = delay
            }
        }

        package init(id: FaultID?, kind: Kind) {
            self.id = id
            self.kind = kind
        }

        package var sentence: String {
            let suffix = id.map { " ('\($0)')" } ?? ""
            switch kind {
            case .restart(let role): return "the \(role.rawValue) is restarted\(suffix)"
            case .kill(let role): return "the \(role.rawValue) is killed\(suffix)"
            case .uplink(let uplink):
                var parts: [String] = []
                if let loss = uplink.loss { parts.append("loses \(Int((loss * 100).rounded())) % of its packets") }
                if let delay = uplink.delay { parts.append("delays each by \(delay.text)") }
                return "the uplink of \(uplink.plant) \(list(parts))\(suffix)"
            }
        }

        package func check(_ state: inout PlanState) {
            if let id { state.declare("fault", id.text) }
        }

        static let entry = VerbEntry(
            "fault", "Makes something go wrong, until it is healed or the scenario ends.",
            keys: [
                .optional("id", .name, "a name, for `heal`"),
                .oneOf("what", "uplink-of", .plant, "a plant's way to the internet, both directions"),
                .oneOf("what", "restart", .choice(Role.self), "ends a process and waits until it is back"),
                .oneOf("what", "kill", .choice(Role.self), "ends a process"),
                .optional("loss", .percentage, "of `uplink-of`: the share of packets that are lost"),
                .optional("delay", .duration, "of `uplink-of`: how much later each packet comes"),
            ],
            examples: [
                "fault: { id: bad-lte, uplink-of: park-a, loss: 20%, delay: 80ms }",
                "fault: { restart: control-plane }", "fault: { kill: gateway }",
            ]
        ) { reader, fields, _ in reader.fault(&fields).map { .fault($0) } }
    }

    /// A process of the lab that can fail.
    package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        case controlPlane = "control-plane"
        case gateway
    }

    /// Takes one fault away, or all when no id is given.
    package struct Healing: VerbPayload {
        package var id: FaultID?

        package init(_ id: FaultID?) { self.id = id }

        package var sentence: String { id.map { "the fault '\($0)' is healed" } ?? "every fault is healed" }

        package func check(_ state: inout PlanState) {
            if let id {
                state.retract("fault", id.text)
            } else {
                state.retractAll("fault")
            }
        }

        static let entry = VerbEntry(
            "heal", "Takes a fault away.",
            keys: [
                .oneOf("which", "id", .name, "the name that `fault` gave it"),
                .oneOf("which", "all", .yes, "every fault"),
            ],
            examples: ["heal: { id: bad-lte }", "heal: { all: true }"]
        ) { _, fields, _ in
            guard let (key, value) = fields.exactlyOne(of: ["id", "all"]) else { return nil }
            if key == "all" { return value.isTrue() ? .heal(Healing(nil)) : nil }
            return value.text("the id of a fault").map { .heal(Healing(FaultID($0))) }
        }
    }
}

extension StepReader {
    fileprivate func fault(_ fields: inout Fields) -> Action.Fault? {
        let id = fields.optional("id")?.text("an id for the fault").map { FaultID($0) }
        guard let (key, value) = fields.exactlyOne(of: ["uplink-of", "restart", "kill"]) else { return nil }
        guard key == "uplink-of" else {
            guard let role = value.choice("a role", Action.Role.self) else { return nil }
            for key in ["loss", "delay"] {
                if let location = fields.keyLocation(key) { log.error("'\(key)' wants 'uplink-of'", at: location) }
            }
            return Action.Fault(id: id, kind: key == "restart" ? .restart(role) : .kill(role))
        }
        let plant = self.plant(value)
        let loss = fields.optional("loss").map { $0.percentage("a share") }
        let delay = fields.optional("delay").map { $0.duration() }
        if loss == nil, delay == nil {
            log.error("the fault does nothing: say 'loss' or 'delay'", at: fields.location)
        }
        guard let plant else { return nil }
        return Action.Fault(id: id, kind: .uplink(.init(plant: plant, loss: loss ?? nil, delay: delay ?? nil)))
    }
}
