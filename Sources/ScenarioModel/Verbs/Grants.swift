package import AccessModel

extension Action {
    /// Grants; what is granted already stays as it is, and that is no refusal.
    package struct Grant: VerbPayload {
        package var person: PersonID
        package var places: [Place]

        package init(person: PersonID, places: [Place]) {
            self.person = person
            self.places = places
        }

        package var sentence: String { "\(person) is granted \(list(places.map(\.sentence)))" }

        package var doer: Doer { .admin(of: places) }

        static let entry = VerbEntry(
            "grant", "Gives a person access to plants; what is granted already stays as it is.",
            keys: [.required("to", .person, "who gets it")] + placeKeys,
            examples: [
                "grant: { to: anna, plant: park-a }", "grant: { to: anna, plants: [park-a, park-b], as: olga }",
                "grant: { to: anna, portfolio: sued }",
                "grant: { to: anna, organization: nordwind, as: anna, refused: forbidden }",
            ]
        ) { reader, fields, _ in
            let person = fields.required("to").flatMap(reader.person)
            guard let places = reader.places(&fields), let person else { return nil }
            return .grant(Grant(person: person, places: places))
        }
    }

    package struct Withdrawal: VerbPayload {
        package var person: PersonID
        package var places: [Place]

        package init(person: PersonID, places: [Place]) {
            self.person = person
            self.places = places
        }

        package var sentence: String { "\(person) loses the grant on \(list(places.map(\.sentence)))" }

        package var doer: Doer { .admin(of: places) }

        static let entry = VerbEntry(
            "withdraw", "Takes a grant away; nothing happens before the next sync.",
            keys: [.required("from", .person, "who loses it")] + placeKeys,
            examples: [
                "withdraw: { from: anna, plant: park-a }", "withdraw: { from: anna, plants: [park-a, park-b] }",
                "withdraw: { from: anna, portfolio: sued }", "withdraw: { from: anna, organization: nordwind }",
            ]
        ) { reader, fields, _ in
            let person = fields.required("from").flatMap(reader.person)
            guard let places = reader.places(&fields), let person else { return nil }
            return .withdraw(Withdrawal(person: person, places: places))
        }
    }

    fileprivate static let placeKeys: [Key] = [
        .oneOf("place", "plant", .plant, "one plant"),
        .oneOf("place", "plants", .list(.plant), "several plants, each by its own grant"),
        .oneOf("place", "portfolio", .portfolio, "every plant of a portfolio"),
        .oneOf("place", "organization", .organization, "every plant of an organization"),
    ]
}

extension StepReader {
    /// The one place, or the several plants, that a grant is about.
    fileprivate func places(_ fields: inout Fields) -> [Place]? {
        guard let (key, value) = fields.exactlyOne(of: ["plant", "plants", "portfolio", "organization"]) else {
            return nil
        }
        guard key == "plants" else { return names?.place(key, value).map { [$0] } }
        guard let items = value.items("plants") else { return nil }
        let places = items.compactMap { plant($0).map { Place.plant($0) } }
        return places.count == items.count ? places : nil
    }
}

/// `a`, `a and b`, `a, b and c`.
func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
    return "\(words.dropLast().joined(separator: ", ")) and \(last)"
}
