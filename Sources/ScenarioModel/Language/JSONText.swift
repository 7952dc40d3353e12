/// JSON as a value whose keys keep their order, for texts that people read and compare.
package indirect enum JSONText: Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case text(String)
    case number(Int)
    case bool(Bool)
    case list([JSONText])
    case object([(key: String, value: JSONText)])

    package init(stringLiteral value: String) { self = .text(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(value) }
    package init(arrayLiteral elements: JSONText...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, JSONText)...) { self = .object(elements.map { ($0, $1) }) }

    /// The same object with more keys behind the others.
    func adding(_ entries: [(key: String, value: JSONText)]) -> JSONText {
        guard case .object(let own) = self else { return self }
        return .object(own + entries)
    }

    package func rendered(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .text(let text): return Self.quoted(text)
        case .number(let number): return String(number)
        case .bool(let bool): return bool ? "true" : "false"
        case .list(let items):
            if items.allSatisfy(\.isScalar) { return "[\(items.map { $0.rendered() }.joined(separator: ", "))]" }
            return "[\n\(items.map { inner + $0.rendered(indent: inner) }.joined(separator: ",\n"))\n\(indent)]"
        case .object(let entries):
            if entries.isEmpty { return "{}" }
            let lines = entries.map { "\(inner)\(Self.quoted($0.key)): \($0.value.rendered(indent: inner))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        }
    }

    private var isScalar: Bool {
        switch self {
        case .text, .number, .bool: true
        case .list, .object: false
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
