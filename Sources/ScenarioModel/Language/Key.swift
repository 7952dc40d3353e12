/// A key of a mapping in the language: what it is called, what it takes, whether it must be there.
package struct Key: Sendable {
    package var name: String
    package var kind: ValueKind
    package var need: Need
    /// What it means, a phrase without a full stop.
    package var text: String

    package enum Need: Hashable, Sendable {
        case required, optional
        /// Exactly one key of the group.
        case oneOf(group: String)
        /// One key of the group at least.
        case someOf(group: String)
    }

    package static func required(_ name: String, _ kind: ValueKind, _ text: String) -> Key {
        Key(name: name, kind: kind, need: .required, text: text)
    }

    package static func optional(_ name: String, _ kind: ValueKind, _ text: String) -> Key {
        Key(name: name, kind: kind, need: .optional, text: text)
    }

    package static func oneOf(_ group: String, _ name: String, _ kind: ValueKind, _ text: String) -> Key {
        Key(name: name, kind: kind, need: .oneOf(group: group), text: text)
    }

    package static func someOf(_ group: String, _ name: String, _ kind: ValueKind, _ text: String) -> Key {
        Key(name: name, kind: kind, need: .someOf(group: group), text: text)
    }
}

/// What a key takes.
package indirect enum ValueKind: Sendable {
    case text
    /// A name that the scenario itself gives out: of a connection, a fault.
    case name
    case person, plant, portfolio, organization, cooperation, requirement
    /// `anna/laptop`.
    case laptop
    /// The laptop without its person.
    case laptopName
    /// A device by name, or an address with or without a port.
    case target
    /// `192.168.1.0/24`.
    case subnet
    case address
    /// A span with its unit, or one of the named ones.
    case duration
    case percentage
    /// `true` or `false`.
    case flag
    /// Only `true`.
    case yes
    case int(ClosedRange<Int>)
    case number
    case choice([String])
    case list(ValueKind)
    /// One thing or a list of them.
    case oneOrMore(ValueKind)
    /// A list of fixed length.
    case row([ValueKind])
    case mapping([Key])
    /// Names of the writer's own, each with such a value.
    case named(ValueKind)
    /// One condition or a list of them.
    case conditions
    case steps
    case anything

    static func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> ValueKind
    where Choice.RawValue == String {
        .choice(type.allCases.map(\.rawValue))
    }
}
