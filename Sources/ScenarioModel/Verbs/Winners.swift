package import AccessModel
package import Addressing

extension Action {
    package struct UsePark: VerbPayload {
        package var person: PersonID
        package var subnet: Prefix
        package var plant: PlantID

        package init(person: PersonID, subnet: Prefix, plant: PlantID) {
            self.person = person
            self.subnet = subnet
            self.plant = plant
        }

        package var sentence: String { "\(person) chooses \(plant) for \(subnet) (Use this park)" }

        package var doer: Doer { .person(person) }

        package func check(_ state: inout PlanState) {
            state.requireCertificate(of: person, so: ", so no routes to choose among")
        }

        static let entry = VerbEntry(
            "use-park", "Chooses the plant that a contested range leads to, for this person alone (Use this park).",
            keys: [
                .required("plant", .plant, "the plant that wins"),
                .required("subnet", .subnet, "the range, as that plant has it"),
            ],
            examples: ["use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b }"]
        ) { reader, fields, actor in
            if !fields.contains("as") { fields.log.error("'as' is missing: who chooses?", at: fields.location) }
            let plant = fields.required("plant").flatMap(reader.plant)
            let subnet = fields.required("subnet").flatMap { reader.subnet($0, of: plant) }
            guard let actor, let plant, let subnet else { return nil }
            return .usePark(UsePark(person: actor, subnet: subnet, plant: plant))
        }
    }

    package struct Refresh: VerbPayload {
        package var person: PersonID

        package init(_ person: PersonID) { self.person = person }

        package var sentence: String { "\(person) presses Refresh" }

        package var doer: Doer { .person(person) }

        static let entry = VerbEntry(
            "refresh", "Pulls a person's newest routes to the gateway (Refresh); returns on its acknowledgement.",
            keys: [.required("for", .person, "whose routes")], examples: ["refresh: { for: anna }"]
        ) { reader, fields, _ in
            fields.required("for").flatMap(reader.person).map { .refresh(Refresh($0)) }
        }
    }
}
