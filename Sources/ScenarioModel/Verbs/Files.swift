import AccessModel
package import Addressing

extension Action {
    /// What becomes of a `.conf`: a file, which can be copied like any other.
    package enum ConfChange: VerbPayload {
        /// The newest file of one laptop lies on the other as well.
        case copy(LaptopID, to: LaptopID)
        /// Puts a laptop's newest file aside under a name.
        case keep(LaptopID, name: String)
        /// Makes a file that was put aside the one that the laptop connects with.
        case use(name: String, on: LaptopID)

        package var sentence: String {
            switch self {
            case .copy(let from, let to): "the .conf on \(from) is copied to \(to)"
            case .keep(let laptop, let name): "the .conf on \(laptop) is put aside as '\(name)'"
            case .use(let name, let laptop): "\(laptop) takes the .conf that was put aside as '\(name)'"
            }
        }

        package func check(_ state: inout PlanState) {
            switch self {
            case .copy(let from, let to):
                state.requireConfiguration(on: from)
                state.configured.insert(to)
            case .keep(let laptop, let name):
                state.requireConfiguration(on: laptop)
                state.declare("file", name)
            case .use(let name, let laptop):
                state.require("file", name)
                state.configured.insert(laptop)
            }
        }

        static let entry = VerbEntry(
            "conf", "Copies a `.conf`, puts one aside, or takes one that was put aside; `connect` then uses it.",
            keys: [
                .oneOf("what", "copy", .laptop, "from which laptop; wants `to`"),
                .oneOf("what", "keep", .laptop, "whose file is put aside; wants `name`"),
                .oneOf("what", "use", .name, "a file that was put aside; wants `laptop`"),
                .optional("to", .laptop, "of `copy`: the laptop that gets it"),
                .optional("name", .name, "of `keep`: a name for the file"),
                .optional("laptop", .laptop, "of `use`: the laptop that gets it"),
            ],
            examples: [
                "conf: { copy: anna/laptop, to: anna/laptop }", "conf: { keep: anna/laptop, name: old }",
                "conf: { use: old, laptop: anna/laptop }",
            ]
        ) { reader, fields, _ in
            guard let (key, value) = fields.exactlyOne(of: ["copy", "keep", "use"]) else { return nil }
            switch key {
            case "copy":
                let to = fields.required("to").flatMap(reader.laptop)
                guard let from = reader.laptop(value), let to else { return nil }
                return .conf(.copy(from, to: to))
            case "keep":
                let name = fields.required("name")?.text("a name for the file")
                guard let laptop = reader.laptop(value), let name else { return nil }
                return .conf(.keep(laptop, name: name))
            default:
                let on = fields.required("laptop").flatMap(reader.laptop)
                guard let name = value.text("the name of a file that was put aside"), let on else { return nil }
                return .conf(.use(name: name, on: on))
            }
        }
    }

    /// The laptop's network changes under the running tunnel.
    package struct Roaming: VerbPayload {
        package var laptop: LaptopID
        package var wan: IPv4Address

        package init(laptop: LaptopID, wan: IPv4Address) {
            self.laptop = laptop
            self.wan = wan
        }

        package var sentence: String { "\(laptop) moves to the address \(wan)" }

        static let entry = VerbEntry(
            "roam", "Moves a laptop to another address of the internet; its tunnel and connections stay.",
            keys: [
                .required("laptop", .laptop, "which laptop"),
                .required("to", .address, "the new address, in 198.18.0.0/15, 198.51.100.0/24 or 203.0.113.0/24"),
            ],
            examples: ["roam: { laptop: anna/laptop, to: 203.0.113.99 }"]
        ) { reader, fields, _ in
            let laptop = fields.required("laptop").flatMap(reader.laptop)
            guard let cursor = fields.required("to"), let wan = cursor.address("an address of the internet") else {
                return nil
            }
            guard WANAddresses.ranges.contains(where: { $0.contains(wan) }) else {
                let ranges = WANAddresses.ranges.map(\.description).joined(separator: ", ")
                cursor.error("\(wan) is not an address of the internet: \(ranges)")
                return nil
            }
            return laptop.map { .roam(Roaming(laptop: $0, wan: wan)) }
        }
    }

    /// Moves the control plane's clock on: sessions, leases, quarantine.
    package struct ClockStep: VerbPayload {
        package var span: Duration

        package init(_ span: Duration) { self.span = span }

        package var sentence: String { "the control plane's clock moves on by \(span.text)" }

        static let entry = VerbEntry(
            "clock", "Moves the control plane's clock on; keys and tunnels have clocks of their own.",
            keys: [.required("advance", .duration, "by how much")], examples: ["clock: { advance: 3min }"]
        ) { _, fields, _ in fields.required("advance")?.duration().map { .clock(ClockStep($0)) } }
    }
}
