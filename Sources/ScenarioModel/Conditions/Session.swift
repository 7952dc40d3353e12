package import AccessModel
package import Addressing

extension Condition {
    /// The newest session of a person's certificate.
    package struct Session: ConditionPayload {
        package var person: PersonID
        package var isOnline: Bool?
        package var bytesAbove: Int?
        package var source: IPv4Address?
        package var place: String?
        package var reason: SessionEnd?

        package init(person: PersonID, isOnline: Bool? = nil, bytesAbove: Int? = nil) {
            self.person = person
            self.isOnline = isOnline
            self.bytesAbove = bytesAbove
        }

        package var sentence: String {
            var parts: [String] = []
            if let isOnline { parts.append(isOnline ? "is Online" : "is not Online") }
            if let bytesAbove { parts.append("has moved more than \(bytesAbove) bytes") }
            if let source { parts.append("comes from \(source)") }
            if let place { parts.append("comes from \(place)") }
            if let reason { parts.append("ended as '\(reason.rawValue)'") }
            return "\(person)'s newest session \(parts.joined(separator: " and "))"
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .sessions(let rows) = sighting else { return nil }
            guard let newest = rows.first else {
                return Judgement(
                    isOnline == false && bytesAbove == nil && source == nil && place == nil && reason == nil,
                    "no session")
            }
            var seen = "the newest session is \(newest.isOnline ? "Online" : "over"), \(newest.bytes) bytes"
            if let from = newest.source { seen += ", from \(from) (\(newest.place ?? "unknown place"))" }
            if let why = newest.reason { seen += ", ended as '\(why)'" }
            let isOriginFit =
                (source.map { $0 == newest.source } ?? true) && (place.map { $0 == newest.place } ?? true)
                && (reason.map { $0.rawValue == newest.reason } ?? true)
            let isOnlineFit = isOnline.map { $0 == newest.isOnline } ?? true
            let isVolumeFit = bytesAbove.map { newest.bytes > UInt64($0) } ?? true
            return Judgement(isOnlineFit && isVolumeFit && isOriginFit, seen)
        }

        static let entry = ConditionEntry(
            "session", "The newest row of a person's recent connections.",
            keys: [
                .required("for", .person, "whose"),
                .someOf("what", "online", .flag, "whether it is Online"),
                .someOf("what", "bytes-above", .int(0...Int.max), "more bytes than this were moved, both ways"),
                .someOf("what", "source", .address, "the address that it comes from"),
                .someOf("what", "place", .text, "where that is, as the page says it, such as `Munich, Germany`"),
                .someOf("what", "reason", .choice(SessionEnd.self), "why it ended"),
            ],
            examples: [
                "session: { for: anna, online: true, bytes-above: 0, source: 198.51.100.1, place: \"Munich, Germany\" }",
                "session: { for: anna, online: false, reason: rotated }",
            ]
        ) { reader, fields in
            let person = fields.required("for").flatMap(reader.person)
            let isOnline = fields.optional("online").map { $0.bool() }
            let bytes = fields.optional("bytes-above").map { $0.int("a number of bytes", in: 0...Int.max) }
            let source = fields.optional("source").map { $0.address() }
            let place = fields.optional("place").map { $0.text("a place") }
            let reason = fields.optional("reason").map { $0.choice("why a session ends", SessionEnd.self) }
            if isOnline == nil, bytes == nil, source == nil, place == nil, reason == nil {
                fields.log.error(
                    "'session' asserts nothing: say 'online', 'bytes-above', 'source', 'place' or 'reason'",
                    at: fields.location)
            }
            guard let person else { return nil }
            var session = Session(person: person, isOnline: isOnline ?? nil, bytesAbove: bytes ?? nil)
            session.source = source ?? nil
            session.place = place ?? nil
            session.reason = reason ?? nil
            return .session(session)
        }
    }
}
