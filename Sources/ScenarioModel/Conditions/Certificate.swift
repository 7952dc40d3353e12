package import AccessModel

extension Condition {
    /// A person's certificate as the person's own card shows it.
    package struct Certificate: ConditionPayload {
        package var person: PersonID
        package var state: State?
        /// The card shows the public key that this laptop's client shows.
        package var matches: LaptopID?
        /// The card shows another key than this laptop's client: its file is stale.
        package var differsFrom: LaptopID?

        package enum State: String, Hashable, Sendable, Codable, CaseIterable {
            case none, issuing, issued, rotating, revoking
        }

        package init(
            person: PersonID, state: State? = nil, matches: LaptopID? = nil, differsFrom: LaptopID? = nil
        ) {
            self.person = person
            self.state = state
            self.matches = matches
            self.differsFrom = differsFrom
        }

        package var sentence: String {
            let parts = [
                state.map { "is in the state '\($0.rawValue)'" }, matches.map { "has the key that \($0) shows" },
                differsFrom.map { "has another key than \($0) shows" },
            ].compactMap { $0 }
            return "\(person)'s certificate \(parts.joined(separator: " and "))"
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .certificate(let certificate) = sighting else { return nil }
            var isFit = state.map { $0 == certificate.state } ?? true
            var seen = "the state is '\(certificate.state.rawValue)'"
            for (laptop, isSame) in [(matches, true), (differsFrom, false)] {
                guard let laptop else { continue }
                guard let key = certificate.laptopKeys[laptop] else {
                    return Judgement(false, "\(seen), and \(laptop) shows no key: its tunnel is down")
                }
                let agrees = certificate.publicKey == key
                seen += agrees ? ", \(laptop) shows the same key" : ", \(laptop) shows another key"
                isFit = isFit && agrees == isSame
            }
            return Judgement(isFit, seen)
        }

        static let entry = ConditionEntry(
            "certificate", "A person's certificate, as the card on the VPN tab shows it.",
            keys: [
                .required("for", .person, "whose"),
                .someOf("what", "state", .choice(State.self), "how it stands; `rotating`: the old key still works"),
                .someOf("what", "matches", .laptop, "the card shows the public key that this laptop's client shows"),
                .someOf("what", "differs-from", .laptop, "the card shows another key: the laptop's file is stale"),
            ],
            examples: [
                "certificate: { for: anna, state: issued, matches: anna/laptop }",
                "certificate: { for: anna, differs-from: anna/laptop }",
            ]
        ) { reader, fields in
            let person = fields.required("for").flatMap(reader.person)
            let state = fields.optional("state").map { $0.choice("a state", State.self) }
            let matches = fields.optional("matches").map(reader.laptop)
            let differs = fields.optional("differs-from").map(reader.laptop)
            if state == nil, matches == nil, differs == nil {
                fields.log.error(
                    "'certificate' asserts nothing: say 'state', 'matches' or 'differs-from'", at: fields.location)
            }
            return person.map {
                .certificate(
                    Certificate(
                        person: $0, state: state ?? nil, matches: matches ?? nil, differsFrom: differs ?? nil))
            }
        }
    }
}

/// A certificate as the card shows it, beside the keys that the person's laptops use.
package struct CertificateSighting: Hashable, Sendable, Codable {
    package var state: Condition.Certificate.State
    /// In base64; `nil` without a certificate.
    package var publicKey: String?
    package var laptopKeys: [LaptopID: String]

    package init(state: Condition.Certificate.State, publicKey: String?, laptopKeys: [LaptopID: String] = [:]) {
        self.state = state
        self.publicKey = publicKey
        self.laptopKeys = laptopKeys
    }
}
