package import AccessModel

extension Action {
    /// A member's standing and job role; what is `nil` stays as it is.
    package struct RoleChange: VerbPayload {
        package var person: PersonID
        package var organization: OrganizationID
        package var standing: Standing?
        package var jobRole: JobRole?

        package init(person: PersonID, organization: OrganizationID, standing: Standing?, jobRole: JobRole?) {
            self.person = person
            self.organization = organization
            self.standing = standing
            self.jobRole = jobRole
        }

        package var sentence: String {
            let parts = [jobRole.map { "the job role \($0.rawValue)" }, standing.map { "the standing \($0.rawValue)" }]
            return "\(person) gets \(parts.compactMap { $0 }.joined(separator: " and ")) in \(organization)"
        }

        package var doer: Doer { .admin(of: [.organization(organization)]) }

        static let entry = VerbEntry(
            "role", "Changes what a member is in an organization.",
            keys: [
                .required("for", .person, "whose role"),
                .optional("in", .organization, "in which organization; else the person's own"),
                .someOf("what", "job-role", .choice(JobRole.self), "what the person does; only an operator has routes"),
                .someOf("what", "standing", .choice(Standing.self), "whether the person administers the organization"),
            ],
            examples: ["role: { for: anna, in: nordwind, job-role: viewer, standing: member }"]
        ) { reader, fields, _ in
            let person = fields.required("for").flatMap(reader.person)
            let stated = fields.optional("in").map(reader.organization)
            let job = fields.optional("job-role").map { $0.choice("a job role", JobRole.self) }
            let standing = fields.optional("standing").map { $0.choice("a standing", Standing.self) }
            if job == nil, standing == nil {
                fields.log.error("'role' changes nothing: say 'job-role' or 'standing'", at: fields.location)
            }
            guard let person, let organization = stated ?? reader.organization(of: person) else { return nil }
            return .role(
                RoleChange(
                    person: person, organization: organization, standing: standing ?? nil, jobRole: job ?? nil))
        }
    }

    /// The end of a membership, or its begin.
    package struct Membership: VerbPayload {
        package var person: PersonID
        package var organization: OrganizationID
        /// `nil` ends it.
        package var jobRole: JobRole?

        package init(person: PersonID, organization: OrganizationID, jobRole: JobRole?) {
            self.person = person
            self.organization = organization
            self.jobRole = jobRole
        }

        package var sentence: String {
            jobRole.map { "\(person) becomes a member of \(organization), with the job role \($0.rawValue)" }
                ?? "\(person) is removed from \(organization)"
        }

        package var doer: Doer { .admin(of: [.organization(organization)]) }

        static let entry = VerbEntry(
            "member", "Takes a person into an organization, or removes one.",
            keys: [
                .oneOf("what", "remove", .person, "who is removed; wants `from`"),
                .oneOf("what", "add", .person, "who is taken in; wants `to` and `job-role`"),
                .optional("from", .organization, "of `remove`: the organization"),
                .optional("to", .organization, "of `add`: the organization"),
                .optional("job-role", .choice(JobRole.self), "of `add`: what the person does there"),
            ],
            examples: [
                "member: { remove: anna, from: nordwind }", "member: { add: anna, to: suedlicht, job-role: operator }",
            ]
        ) { reader, fields, _ in
            guard let (key, value) = fields.exactlyOne(of: ["remove", "add"]) else { return nil }
            let person = reader.person(value)
            let isAdding = key == "add"
            let organization = fields.required(isAdding ? "to" : "from").flatMap(reader.organization)
            let job = isAdding ? fields.required("job-role")?.choice("a job role", JobRole.self) : nil
            for other in isAdding ? ["from"] : ["to", "job-role"] {
                guard let location = fields.keyLocation(other) else { continue }
                fields.log.error("'\(other)' wants '\(isAdding ? "remove" : "add")'", at: location)
                return nil
            }
            guard let person, let organization, !isAdding || job != nil else { return nil }
            return .member(Membership(person: person, organization: organization, jobRole: job))
        }
    }

    /// Whether a person may do anything at all.
    package struct AccountChange: VerbPayload {
        package var person: PersonID
        /// One that the person is a member of, whose admin does it.
        package var organization: OrganizationID
        package var isActive: Bool

        package init(person: PersonID, organization: OrganizationID, isActive: Bool) {
            self.person = person
            self.organization = organization
            self.isActive = isActive
        }

        package var sentence: String { "\(person)'s account is \(isActive ? "reactivated" : "deactivated")" }

        package var doer: Doer { .admin(of: [.organization(organization)]) }

        static let deactivate = entry(
            "deactivate", "Shuts a person out, at once; the certificate and every record stay.", isActive: false)
        static let reactivate = entry("reactivate", "Lets a deactivated person in again.", isActive: true)

        private static func entry(_ name: String, _ summary: String, isActive: Bool) -> VerbEntry {
            VerbEntry(
                name, summary, keys: [.required("for", .person, "whose account")], examples: ["\(name): { for: anna }"]
            ) { reader, fields, _ in
                guard let person = fields.required("for").flatMap(reader.person),
                    let organization = reader.organization(of: person)
                else { return nil }
                return .account(AccountChange(person: person, organization: organization, isActive: isActive))
            }
        }
    }
}

extension StepReader {
    /// The first organisation that the fixture makes the person a member of.
    func organization(of person: PersonID) -> OrganizationID? {
        fixture?.organizations.first { $0.members.contains { $0.person == person } }?.id
    }
}
