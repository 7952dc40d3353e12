package import AccessModel

extension Condition {
    /// How many entries of the audit match since the scenario began.
    package struct Audit: ConditionPayload {
        package var action: AuditAction
        package var actor: PersonID?
        package var plant: PlantID?
        /// `nil`: at least one.
        package var count: Int?

        package init(action: AuditAction, actor: PersonID? = nil, plant: PlantID? = nil, count: Int? = nil) {
            self.action = action
            self.actor = actor
            self.plant = plant
            self.count = count
        }

        package var sentence: String {
            let entries = count.map { "\($0) \($0 == 1 ? "entry" : "entries")" } ?? "at least one entry"
            let by = actor.map { " by \($0)" } ?? ""
            return "the audit has \(entries) \(action.rawValue)\(by)\(plant.map { " about \($0)" } ?? "")"
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .audit(let found) = sighting else { return nil }
            let entries = "\(found) \(found == 1 ? "entry" : "entries")"
            return Judgement(count.map { $0 == found } ?? (found > 0), "\(entries) \(action.rawValue)")
        }

        static let entry = ConditionEntry(
            "audit", "How many entries the audit has, of every organization and since the scenario began.",
            keys: [
                .required("action", .choice(AuditAction.self), "the name of the entry"),
                .optional("by", .person, "who did it"),
                .optional("plant", .plant, "which plant it is about"),
                .optional("count", .int(0...1_000_000), "exactly so many; one at least unless said"),
            ],
            examples: ["audit: { action: conflict.winner-changed, by: anna, plant: park-b, count: 2 }"]
        ) { reader, fields in
            let action = fields.required("action")?.choice("an entry of the audit", AuditAction.self)
            let actor = fields.optional("by").map(reader.person)
            let plant = fields.optional("plant").map(reader.plant)
            let count = fields.optional("count").map { $0.int("a number of entries", in: 0...1_000_000) }
            guard let action else { return nil }
            return .audit(Audit(action: action, actor: actor ?? nil, plant: plant ?? nil, count: count ?? nil))
        }
    }
}
