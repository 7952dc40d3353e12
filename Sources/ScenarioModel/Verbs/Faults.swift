package import AccessModel

package enum FaultKind {}
package typealias FaultID = Identifier<FaultKind>

extension Action {
    /// Something that is made to go wrong; heals at the end of the scenario at the latest.
    package struct Fault: VerbPayload {
        package var id: FaultID?
        package var kind: Kind
        /// `nil`: it stays until it is healed.
        package var cycle: Cycle?

        package enum Kind: Hashable, Sendable, Codable {
            case link(Link)
            /// Ends the process and waits until it is back and ready.
            case restart(Role)
            /// Ends the process; healing starts it anew.
            case kill(Role)
            /// The process stands still; healing lets it go on.
            case pause(Role)
            case message(Message)
            case device(Device)
        }

        /// Comes and goes: there for `lasts` out of every `every`, from the beginning on.
        package struct Cycle: Hashable, Sendable, Codable {
            package var every: Duration
            package var lasts: Duration

            package init(every: Duration, lasts: Duration) {
                self.every = every
                self.lasts = lasts
            }
        }

        package init(id: FaultID?, kind: Kind, cycle: Cycle? = nil) {
            self.id = id
            self.kind = kind
            self.cycle = cycle
        }

        package var sentence: String {
            let cycle = cycle.map { ", for \($0.lasts.text) of every \($0.every.text)" } ?? ""
            let suffix = cycle + (id.map { " ('\($0)')" } ?? "")
            switch kind {
            case .restart(let role): return "the \(role.rawValue) is restarted\(suffix)"
            case .kill(let role): return "the \(role.rawValue) is killed\(suffix)"
            case .pause(let role): return "the \(role.rawValue) stands still\(suffix)"
            case .link(let link): return "\(link.sentence)\(suffix)"
            case .message(let message): return "\(message.sentence)\(suffix)"
            case .device(let device): return "\(device.sentence)\(suffix)"
            }
        }

        package func check(_ state: inout PlanState) {
            if let id { state.declare("fault", id.text) }
        }

        static let entry = VerbEntry(
            "fault",
            "Makes something go wrong, until it is healed or the scenario ends; several on one way add up.",
            keys: [
                .optional("id", .name, "a name, for `heal`"),
                .oneOf("what", "uplink-of", .plant, "a plant's way to the internet"),
                .oneOf("what", "laptop", .laptop, "a laptop's way to the internet"),
                .oneOf("what", "sync-way", .yes, "the way between gateway and control plane; wants `partition`"),
                .oneOf("what", "restart", .choice(Role.self), "ends a process and waits until it is back"),
                .oneOf("what", "kill", .choice(Role.self), "ends a process; healing starts it anew"),
                .oneOf("what", "pause", .choice(Role.self), "a process stands still; healing lets it go on"),
                .oneOf(
                    "what", "message", .choice(Message.Kind.self), "what gateway and control plane say; wants `fate`"),
                .oneOf("what", "device", .target, "a device by its name; with `plant` where several have it"),
                .optional("every", .duration, "with `lasts`: the fault comes and goes, from now on"),
                .optional("lasts", .duration, "with `every`: for how much of each round it is there"),
            ] + Link.keys + Message.keys + Device.keys,
            examples: [
                "fault: { id: flapping, uplink-of: park-a, partition: true, every: 40s, lasts: 20s }",
                "fault: { id: bad-lte, uplink-of: park-a, loss: 20%, delay: 80ms, jitter: 20ms }",
                "fault: { uplink-of: park-a, duplicate: 5%, reorder: 5%, rate: 64kbit, direction: up }",
                "fault: { laptop: anna/laptop, partition: true }",
                "fault: { uplink-of: park-a, loss: 10%, burst: 20 }",
                "fault: { uplink-of: park-a, partition: true, to: control-plane }",
                "fault: { sync-way: true, partition: true, direction: up }",
                "fault: { restart: control-plane }", "fault: { kill: gateway }", "fault: { pause: gateway }",
                "fault: { message: revisions, fate: delay, count: 2, after: 300ms }",
            ] + Device.examples
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
