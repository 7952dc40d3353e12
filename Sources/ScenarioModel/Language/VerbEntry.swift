import AccessModel

/// A verb in the table: what it is called, what it takes, how it is read.
package struct VerbEntry: Sendable {
    package var name: String
    /// One sentence for the reference, with its full stop.
    package var summary: String
    /// Without `as` and `refused`, which every verb takes.
    package var keys: [Key]
    /// Steps as they stand in a file, without the dash; together they use every key.
    package var examples: [String]
    /// Reads the mapping behind the verb, with whoever stands in `as`.
    ///
    /// - Returns: `nil` when it reported something.
    let read: @Sendable (StepReader, inout Fields, PersonID?) -> Action.Verb?

    init(
        _ name: String, _ summary: String, keys: [Key], examples: [String],
        read: @escaping @Sendable (StepReader, inout Fields, PersonID?) -> Action.Verb?
    ) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.examples = examples
        self.read = read
    }

    /// What every verb takes beside its own keys.
    package static let common: [Key] = [
        .optional("as", .person, "who does it; else the person that it is about, or the admin of the plant's owner"),
        .optional(
            "refused", .text,
            "the refusal that is expected, such as `certificate-exists`; anything else fails; "
                + "`covers` may stand beside it"
        ),
    ]
}

/// A condition in the table.
package struct ConditionEntry: Sendable {
    package var name: String
    package var summary: String
    package var keys: [Key]
    /// Conditions as they stand in a file; together they use every key.
    package var examples: [String]
    let read: @Sendable (StepReader, inout Fields) -> Condition?

    init(
        _ name: String, _ summary: String, keys: [Key], examples: [String],
        read: @escaping @Sendable (StepReader, inout Fields) -> Condition?
    ) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.examples = examples
        self.read = read
    }
}
