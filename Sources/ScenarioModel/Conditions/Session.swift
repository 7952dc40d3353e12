package import AccessModel

extension Condition {
    /// The newest session of a person's certificate.
    package struct Session: ConditionPayload {
        package var person: PersonID
        package var isOnline: Bool?
        package var bytesAbove: Int?

        package init(person: PersonID, isOnline: Bool? = nil, bytesAbove: Int? = nil) {
            self.person = person
            self.isOnline = isOnline
            self.bytesAbove = bytesAbove
        }

        package var sentence: String {
            var parts: [String] = []
            if let isOnline { parts.append(isOnline ? "is Online" : "is not Online") }
            if let bytesAbove { parts.append("has moved more than \(bytesAbove) bytes") }
            return "\(person)'s newest session \(parts.joined(separator: " and "))"
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .sessions(let rows) = sighting else { return nil }
            guard let newest = rows.first else {
                return Judgement(isOnline == false && bytesAbove == nil, "no session")
            }
            let seen = "the newest session is \(newest.isOnline ? "Online" : "over"), \(newest.bytes) bytes"
            let isOnlineFit = isOnline.map { $0 == newest.isOnline } ?? true
            let isVolumeFit = bytesAbove.map { newest.bytes > UInt64($0) } ?? true
            return Judgement(isOnlineFit && isVolumeFit, seen)
        }

        static let entry = ConditionEntry(
            "session", "The newest row of a person's recent connections.",
            keys: [
                .required("for", .person, "whose"),
                .someOf("what", "online", .flag, "whether it is Online"),
                .someOf("what", "bytes-above", .int(0...Int.max), "more bytes than this were moved, both ways"),
            ],
            examples: ["session: { for: anna, online: true, bytes-above: 0 }"]
        ) { reader, fields in
            let person = fields.required("for").flatMap(reader.person)
            let isOnline = fields.optional("online").map { $0.bool() }
            let bytes = fields.optional("bytes-above").map { $0.int("a number of bytes", in: 0...Int.max) }
            if isOnline == nil, bytes == nil {
                fields.log.error("'session' asserts nothing: say 'online' or 'bytes-above'", at: fields.location)
            }
            guard let person else { return nil }
            return .session(Session(person: person, isOnline: isOnline ?? nil, bytesAbove: bytes ?? nil))
        }
    }
}
