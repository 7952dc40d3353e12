import AccessModel

extension Action {
    /// Brings the laptop's tunnel up with the newest `.conf` that lies on it.
    package struct Connecting: VerbPayload {
        package var laptop: LaptopID

        package init(_ laptop: LaptopID) { self.laptop = laptop }

        package var sentence: String { "\(laptop) connects its tunnel" }

        package var doer: Doer { .person(laptop.person) }

        package func check(_ state: inout PlanState) { state.requireConfiguration(on: laptop) }

        static let entry = VerbEntry(
            "connect", "Brings a laptop's tunnel up with the newest `.conf` that lies on it.",
            keys: [.required("laptop", .laptop, "which one")], examples: ["connect: { laptop: anna/laptop }"]
        ) { reader, fields, _ in
            fields.required("laptop").flatMap(reader.laptop).map { .connect(Connecting($0)) }
        }
    }

    package struct Disconnecting: VerbPayload {
        package var laptop: LaptopID

        package init(_ laptop: LaptopID) { self.laptop = laptop }

        package var sentence: String { "\(laptop) disconnects its tunnel" }

        package var doer: Doer { .person(laptop.person) }

        static let entry = VerbEntry(
            "disconnect", "Takes a laptop's tunnel down.",
            keys: [.required("laptop", .laptop, "which one")], examples: ["disconnect: { laptop: anna/laptop }"]
        ) { reader, fields, _ in
            fields.required("laptop").flatMap(reader.laptop).map { .disconnect(Disconnecting($0)) }
        }
    }
}
