/// A JSON value that keeps the order of its members, for answers whose look matters.
enum JSONText: Hashable, Sendable {
    case object([Member])
    case array([JSONText])
    case string(String)
    case number(String)
    case bool(Bool)
    case null

    struct Member: Hashable, Sendable {
        let name: String
        let value: JSONText
    }

    static func object(_ members: [(String, JSONText)]) -> JSONText {
        .object(members.map { Member(name: $0.0, value: $0.1) })
    }

    /// A number with at most so many decimals.
    static func number(_ value: Double, decimals: Int = 0) -> JSONText {
        guard value.isFinite else { return .null }
        let scale = powerOfTen(decimals)
        let scaled = (value * scale).rounded()
        guard abs(scaled) < 9e15 else { return .null }
        let whole = Int(scaled)
        let unit = Int(scale)
        var fraction = String(abs(whole) % unit)
        guard fraction != "0" else { return .number(String(whole / unit)) }
        fraction = String(repeating: "0", count: decimals - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return .number((whole < 0 ? "-" : "") + "\(abs(whole) / unit).\(fraction)")
    }

    var text: String {
        switch self {
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.text }.joined(separator: ",") + "}"
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .string(let value): Self.quoted(value)
        case .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null: "null"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<" ":
                let code = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension JSONText: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    init(dictionaryLiteral members: (String, JSONText)...) { self = .object(members) }
    init(arrayLiteral values: JSONText...) { self = .array(values) }
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .number(String(value)) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(nilLiteral: ()) { self = .null }
}
