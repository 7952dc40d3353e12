package import AccessModel
package import Addressing

extension Condition {
    /// Who touched what, as an operator organisation's audit lists it.
    package struct Access: ConditionPayload {
        package var person: PersonID?
        package var plant: PlantID?
        package var device: String?
        /// As the audit names it, `modbus`.
        package var service: String?
        package var source: IPv4Address?
        package var bytesAbove: Int?
        /// Attempts that were refused.
        package var deniedAbove: Int?
        /// Rows that match; `nil`: at least one.
        package var count: Int?
        /// Who asks, of which organisation's audit; `nil`: the rig, of every organisation's.
        package var seenBy: Reader?
        /// The name of the refusal that the reader is to get.
        package var refused: String?

        package struct Reader: Hashable, Sendable, Codable {
            package var person: PersonID
            package var organization: OrganizationID

            package init(person: PersonID, organization: OrganizationID) {
                self.person = person
                self.organization = organization
            }
        }

        package init() {}
    }
}

extension Condition.Access {
    package var sentence: String {
        let reader = seenBy.map { "the audit of \($0.organization), read by \($0.person)," } ?? "the audit"
        if let refused { return "\(reader) is refused: \(refused)" }
        var what = "\(person?.text ?? "somebody")'s access"
        let place = [plant?.text, device].compactMap { $0 }.joined(separator: "/")
        if !place.isEmpty { what += " to \(place)" }
        if let service { what += " over \(service)" }
        if let source { what += " from \(source)" }
        let parts = [
            count.map { "\($0) \($0 == 1 ? "row" : "rows")" } ?? "a row",
            bytesAbove.map { "more than \($0) bytes" }, deniedAbove.map { "more than \($0) refused attempts" },
        ].compactMap { $0 }
        return "\(reader) lists \(what): \(parts.joined(separator: ", "))"
    }

    package func judge(_ sighting: Sighting) -> Judgement? {
        switch sighting {
        case .refused(let name): Judgement(name == refused, "the audit was refused as \(name)")
        case .access(let rows): judge(rows)
        default: nil
        }
    }

    private func judge(_ rows: [AccessSighting]) -> Judgement {
        if let refused { return Judgement(false, "the audit was shown, not refused as \(refused)") }
        let matching = rows.filter { row in
            (person.map { $0 == row.person } ?? true) && (plant.map { $0 == row.plant } ?? true)
                && (device.map { $0 == row.device } ?? true) && (service.map { $0 == row.service } ?? true)
                && (source.map { $0 == row.source } ?? true)
        }
        let bytes = matching.reduce(0) { $0 + $1.bytes }
        let denied = matching.reduce(0) { $0 + $1.denied }
        let isFit =
            (count.map { $0 == matching.count } ?? !matching.isEmpty) && (bytesAbove.map { bytes > UInt64($0) } ?? true)
            && (deniedAbove.map { denied > UInt64($0) } ?? true)
        let shown = rows.prefix(8).map(\.text).joined(separator: "; ")
        return Judgement(
            isFit,
            "\(matching.count) rows match, \(bytes) bytes, \(denied) denied\(shown.isEmpty ? "" : "; all: \(shown)")")
    }
}

extension Condition.Access {
    static let entry = ConditionEntry(
        "access", "Who touched what, as the audit of the plant's owner lists it; every key narrows the rows.",
        keys: [
            .optional("person", .person, "who"),
            .optional("plant", .plant, "where"),
            .optional("device", .text, "the device's name"),
            .optional("service", .text, "as the audit names it: `modbus`, `http`, `ssh`"),
            .optional("source", .address, "the address that the person came from"),
            .optional("bytes-above", .int(0...Int.max), "more bytes than this were moved"),
            .optional("denied-above", .int(0...1_000_000), "more attempts than this were refused"),
            .optional("count", .int(0...1_000_000), "how many rows match; else at least one"),
            .optional("seen-by", .person, "who reads it; else the rig"),
            .optional("organization", .organization, "whose audit `seen-by` reads; else the reader's own"),
            .optional("refused", .text, "the refusal that `seen-by` gets, such as `forbidden`"),
        ],
        examples: [
            "access: { person: anna, plant: park-a, device: inverter-1, service: modbus, source: 198.51.100.1, bytes-above: 0 }",
            "access: { person: anna, plant: park-b, denied-above: 0, count: 1, seen-by: sven }",
            "access: { seen-by: olga, organization: suedlicht, refused: forbidden }",
        ]
    ) { reader, fields in
        let errorsBefore = fields.log.errorCount
        var access = Condition.Access()
        access.person = fields.optional("person").flatMap(reader.person)
        access.plant = fields.optional("plant").flatMap(reader.plant)
        access.device = fields.optional("device").flatMap { reader.deviceName($0, of: access.plant) }
        access.service = fields.optional("service").flatMap(reader.serviceName)
        access.source = fields.optional("source")?.address()
        access.bytesAbove = fields.optional("bytes-above")?.int("a number of bytes", in: 0...Int.max)
        access.deniedAbove = fields.optional("denied-above")?.int("a number of attempts", in: 0...1_000_000)
        access.count = fields.optional("count")?.int("a number of rows", in: 0...1_000_000)
        let who = fields.optional("seen-by").flatMap(reader.person)
        let organization = fields.optional("organization").flatMap(reader.organization)
        access.refused = fields.optional("refused")?.text("the name of a refusal such as forbidden")
        if let who, let organization = organization ?? reader.organization(of: who) {
            access.seenBy = .init(person: who, organization: organization)
        } else if let location = fields.keyLocation("organization") ?? fields.keyLocation("refused") {
            fields.log.error("whose reading is it? say 'seen-by'", at: location)
        }
        return fields.log.errorCount > errorsBefore ? nil : .access(access)
    }
}

/// One row of the audit.
package struct AccessSighting: Hashable, Sendable, Codable {
    package var person: PersonID
    package var plant: PlantID
    package var device: String?
    package var service: String?
    package var source: IPv4Address?
    package var bytes: UInt64
    package var denied: UInt64

    package init(
        person: PersonID, plant: PlantID, device: String? = nil, service: String? = nil, source: IPv4Address? = nil,
        bytes: UInt64 = 0, denied: UInt64 = 0
    ) {
        self.person = person
        self.plant = plant
        self.device = device
        self.service = service
        self.source = source
        self.bytes = bytes
        self.denied = denied
    }

    var text: String {
        "\(person) -> \(plant) \(device ?? "?") \(service ?? "?"), \(bytes) bytes, \(denied) denied"
    }
}
