extension Condition {
    /// A named number of the gateway, counted since its process began.
    package struct Counter: ConditionPayload {
        package var name: String
        package var above: Int?
        package var equals: Int?

        package init(name: String, above: Int? = nil, equals: Int? = nil) {
            self.name = name
            self.above = above
            self.equals = equals
        }

        package var sentence: String {
            let bounds = [above.map { "above \($0)" }, equals.map { "\($0)" }].compactMap { $0 }
            return "the gateway's counter '\(name)' is \(bounds.joined(separator: " and "))"
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .counter(let value) = sighting else { return nil }
            guard let value else { return Judgement(.unknown, seen: "the gateway has no counter '\(name)'") }
            let isFit = (above.map { value > UInt64($0) } ?? true) && (equals.map { value == UInt64($0) } ?? true)
            return Judgement(isFit, "\(name) is \(value)")
        }

        static let entry = ConditionEntry(
            "counter", "A named number of the gateway, counted since its process began; `mirox-rig status` lists them.",
            keys: [
                .required("name", .text, "such as `verdict.noPermission`"),
                .someOf("what", "above", .int(0...Int.max), "more than this"),
                .someOf("what", "equals", .int(0...Int.max), "exactly this"),
            ],
            examples: [
                "counter: { name: verdict.noPermission, above: 0 }",
                "counter: { name: verdict.noPermission, equals: 0 }",
            ]
        ) { _, fields in
            let name = fields.required("name")?.text("the name of a counter of the gateway")
            let above = fields.optional("above").map { $0.int("a number", in: 0...Int.max) }
            let equals = fields.optional("equals").map { $0.int("a number", in: 0...Int.max) }
            if above == nil, equals == nil {
                fields.log.error("'counter' asserts nothing: say 'above' or 'equals'", at: fields.location)
            }
            return name.map { .counter(Counter(name: $0, above: above ?? nil, equals: equals ?? nil)) }
        }
    }
}
