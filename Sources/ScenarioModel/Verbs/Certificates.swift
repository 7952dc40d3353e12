package import AccessModel

extension Action {
    /// Makes a key pair on the laptop, issues the certificate, keeps the `.conf` there.
    package struct Issue: VerbPayload {
        package var laptop: LaptopID

        package init(_ laptop: LaptopID) { self.laptop = laptop }

        package var sentence: String { "\(laptop.person) issues a certificate on \(laptop)" }

        package var doer: Doer { .person(laptop.person) }

        package func check(_ state: inout PlanState) {
            if !state.certificates.insert(laptop.person).inserted {
                state.error("\(laptop.person) has a certificate already at this step")
            }
            state.configured.insert(laptop)
        }

        static let entry = VerbEntry(
            "issue", "Makes a key pair on a laptop, has it certified and keeps the `.conf` there (Issue cert).",
            keys: holderKeys, examples: ["issue: { for: anna, laptop: laptop }"]
        ) { reader, fields, _ in reader.holder(&fields).map { .issue(Issue($0)) } }
    }

    package struct Rotation: VerbPayload {
        package var laptop: LaptopID

        package init(_ laptop: LaptopID) { self.laptop = laptop }

        package var sentence: String { "\(laptop.person) rotates the certificate on \(laptop)" }

        package var doer: Doer { .person(laptop.person) }

        package func check(_ state: inout PlanState) {
            state.requireCertificate(of: laptop.person)
            state.configured.insert(laptop)
        }

        static let entry = VerbEntry(
            "rotate",
            "Replaces the key pair and keeps the new `.conf` on the laptop; the old key stops at the next sync.",
            keys: holderKeys, examples: ["rotate: { for: anna, laptop: laptop }"]
        ) { reader, fields, _ in reader.holder(&fields).map { .rotate(Rotation($0)) } }
    }

    package struct Revocation: VerbPayload {
        package var person: PersonID

        package init(_ person: PersonID) { self.person = person }

        package var sentence: String { "\(person)'s certificate is revoked" }

        package var doer: Doer { .person(person) }

        /// Revoking twice is as once, so it is enough that there was a certificate.
        package func check(_ state: inout PlanState) {
            if !state.revoked.contains(person) { state.requireCertificate(of: person) }
            state.certificates.remove(person)
            state.revoked.insert(person)
        }

        static let entry = VerbEntry(
            "revoke", "Takes a person's certificate away, at once (Revoke cert).",
            keys: [.required("for", .person, "whose certificate")], examples: ["revoke: { for: anna }"]
        ) { reader, fields, _ in
            fields.required("for").flatMap(reader.person).map { .revoke(Revocation($0)) }
        }
    }

    fileprivate static let holderKeys: [Key] = [
        .required("for", .person, "whose certificate"),
        .required("laptop", .laptopName, "on which of the person's laptops the `.conf` lies afterwards"),
    ]
}

extension StepReader {
    fileprivate func holder(_ fields: inout Fields) -> LaptopID? {
        let person = fields.required("for").flatMap(self.person)
        guard let cursor = fields.required("laptop") else { return nil }
        return laptop(cursor, of: person)
    }

    /// A laptop by its name alone, where its person stands in another key.
    func laptop(_ cursor: Cursor, of person: PersonID?) -> LaptopID? {
        guard let name = cursor.text("the name of a laptop"), let person else { return nil }
        guard !name.contains("/") else {
            cursor.error(
                "here the laptop goes without its person", suggestion: name.split(separator: "/").last.map(String.init))
            return nil
        }
        let id = LaptopID(person: person, name: name)
        return known(id, at: cursor) ? id : nil
    }
}
