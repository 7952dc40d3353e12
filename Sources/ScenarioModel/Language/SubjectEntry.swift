import AccessModel

/// Something that can be remembered: a look that asserts nothing.
package struct SubjectEntry: Sendable {
    package var name: String
    package var summary: String
    package var keys: [Key]
    /// The mapping behind the name, as it stands in a file.
    package var example: String
    let read: @Sendable (StepReader, inout Fields) -> Condition?

    init(
        _ name: String, _ summary: String, keys: [Key], example: String,
        read: @escaping @Sendable (StepReader, inout Fields) -> Condition?
    ) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.example = example
        self.read = read
    }

    static let routes = SubjectEntry(
        "routes", "a person's reachable subnets, every row in its order",
        keys: [.required("for", .person, "whose")], example: "{ for: anna }"
    ) { reader, fields in
        fields.required("for").flatMap(reader.person)
            .map { .routes(.init(person: $0, rows: [], isExact: false, isOrdered: false)) }
    }

    static let sessions = SubjectEntry(
        "sessions", "a person's recent connections", keys: [.required("for", .person, "whose")],
        example: "{ for: anna }"
    ) { reader, fields in
        fields.required("for").flatMap(reader.person).map { .session(.init(person: $0)) }
    }

    static let audit = SubjectEntry(
        "audit", "how many entries of one name the audit has",
        keys: [.required("action", .choice(AuditAction.self), "the name of the entries")],
        example: "{ action: certificate.revoked }"
    ) { _, fields in
        fields.required("action")?.choice("an entry of the audit", AuditAction.self).map { .audit(.init(action: $0)) }
    }

    static let tunnel = SubjectEntry(
        "tunnel", "the state of a laptop's tunnel", keys: [.required("laptop", .laptop, "which one")],
        example: "{ laptop: anna/laptop }"
    ) { reader, fields in
        fields.required("laptop").flatMap(reader.laptop).map { .tunnel(.init(laptop: $0, state: .up)) }
    }
}
