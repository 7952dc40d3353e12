package import AccessModel

package enum ProgramKind {}
package typealias ProgramID = Identifier<ProgramKind>

extension Action {
    /// A program that asks a device again and again and connects anew when the old connection is gone.
    package struct Polling: VerbPayload {
        package var id: ConnectionID
        package var from: LaptopID
        package var target: Target
        /// One of modbus, http.
        package var via: ProbeProtocol
        package var every: Duration

        package init(id: ConnectionID, from: LaptopID, target: Target, via: ProbeProtocol, every: Duration) {
            self.id = id
            self.from = from
            self.target = target
            self.via = via
            self.every = every
        }

        package var sentence: String {
            "\(from) polls \(target) over \(via.rawValue) every \(every.text) ('\(id)'), and connects anew when it must"
        }

        package var doer: Doer { .person(from.person) }

        package func check(_ state: inout PlanState) { state.declare("poller", id.text) }

        private enum Service: String, CaseIterable { case modbus, http }

        static let entry = VerbEntry(
            "poll", "Asks a device again and again, as a monitoring program does; done with the first answer.",
            keys: [
                .required("id", .name, "a name, for `poller`"),
                .required("from", .laptop, "the laptop"),
                .required("to", .target, "a device, or an address with or without a port"),
                .required("via", .choice(Service.self), "what is spoken"),
                .optional("plant", .plant, "in which plant, where several have such a device"),
                .optional("every", .duration, "how often; 50ms unless said"),
            ],
            examples: [
                "poll: { id: scada, from: anna/laptop, to: inverter-1, plant: park-a, via: modbus, every: 20ms }"
            ]
        ) { reader, fields, _ in
            let id = fields.required("id")?.text("an id for the poller")
            let from = fields.required("from").flatMap(reader.laptop)
            let service = fields.required("via")?.choice("what a poller speaks", Service.self)
            let plant = fields.optional("plant").flatMap(reader.plant)
            let every = fields.optional("every").map { $0.span() }
            let to = fields.required("to")
            guard let service, let via = ProbeProtocol(rawValue: service.rawValue), let id, let from, let to,
                let target = reader.keptTarget(to, plant: plant, via: via)
            else { return nil }
            return .poll(
                Polling(
                    id: ConnectionID(id), from: from, target: target, via: via,
                    every: (every ?? nil) ?? .milliseconds(50)))
        }
    }

    /// Any program, started at a laptop or in a plant.
    package struct ProgramStart: VerbPayload {
        /// In whose network it runs.
        package enum Place: Hashable, Sendable, Codable {
            case laptop(LaptopID)
            /// Where the agent stands, with the plant's addresses.
            case plant(PlantID)
        }

        package var id: ProgramID
        package var place: Place
        /// A line for `/bin/bash`.
        package var command: String
        /// Whether the step ends with the program, or when it has started.
        package var isAwaited: Bool

        package init(id: ProgramID, at place: Place, command: String, isAwaited: Bool) {
            self.id = id
            self.place = place
            self.command = command
            self.isAwaited = isAwaited
        }

        package var sentence: String {
            let spot =
                switch place {
                case .laptop(let laptop): "on \(laptop)"
                case .plant(let plant): "in \(plant)"
                }
            return "`\(command)` \(isAwaited ? "runs to its end" : "is started") \(spot) ('\(id)')"
        }

        package var doer: Doer {
            switch place {
            case .laptop(let laptop): .person(laptop.person)
            case .plant: .rig
            }
        }

        package func check(_ state: inout PlanState) { state.declare("program", id.text) }

        static let start = entry("start", "Starts a program, at a laptop or in a plant.", isAwaited: false)
        static let run = entry(
            "run",
            "Runs a program at a laptop or in a plant until it and all that hold its output have ended; `program` judges how.",
            isAwaited: true)

        private static func entry(_ name: String, _ summary: String, isAwaited: Bool) -> VerbEntry {
            VerbEntry(
                name, summary,
                keys: [
                    .required("id", .name, "a name, for `program`"),
                    .oneOf("place", "laptop", .laptop, "at which laptop, in whose network"),
                    .oneOf("place", "plant", .plant, "in which plant, where its agent stands"),
                    .required("command", .text, "a line for bash; `$GATEWAY` is the gateway's tunnel address"),
                ],
                examples: [
                    "\(name): { id: tool, laptop: anna/laptop, command: \"cat < /dev/null\" }",
                    "\(name): { id: tool, plant: park-a, command: \"cat < /dev/null\" }",
                ]
            ) { reader, fields, _ in
                let id = fields.required("id")?.text("an id for the program")
                let command = fields.required("command")?.text("a command line")
                guard let (key, value) = fields.exactlyOne(of: ["laptop", "plant"]) else { return nil }
                let place: Place? =
                    key == "laptop" ? reader.laptop(value).map { .laptop($0) } : reader.plant(value).map { .plant($0) }
                guard let id, let place, let command else { return nil }
                return .program(
                    ProgramStart(id: ProgramID(id), at: place, command: command, isAwaited: isAwaited))
            }
        }
    }
}
