/// A piece of a page.
///
/// What is interpolated into it is escaped unless it is a piece of a page itself.
///
///     let cell: HTML = "<td>\(plant.name)</td>"
struct HTML: Sendable, Hashable, CustomStringConvertible {
    private(set) var text: String

    /// Text of a page that was put together already.
    fileprivate init(markup text: String) { self.text = text }

    static let nothing: HTML = ""

    var description: String { text }

    static func + (left: HTML, right: HTML) -> HTML { HTML(markup: left.text + right.text) }

    static func += (left: inout HTML, right: HTML) { left.text += right.text }
}

extension HTML: ExpressibleByStringInterpolation {
    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ piece: HTML) { text += piece.text }

        mutating func appendInterpolation(_ piece: HTML?) { text += piece?.text ?? "" }

        mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }

        mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            HTML.escape(value.description, into: &text)
        }

        /// An attribute that is there or not: `<option\(if: isChosen, " selected")>`.
        mutating func appendInterpolation(if condition: Bool, _ piece: HTML) {
            if condition { text += piece.text }
        }
    }

    /// Safe between tags and inside quoted attributes.
    private static func escape(_ value: String, into text: inout String) {
        guard value.utf8.contains(where: { $0 == 38 || $0 == 60 || $0 == 62 || $0 == 34 || $0 == 39 }) else {
            text += value
            return
        }
        for character in value.unicodeScalars {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(character)
            }
        }
    }
}

extension Sequence<HTML> {
    func joined(_ separator: HTML = "") -> HTML {
        var result = HTML.nothing
        var isFirst = true
        for piece in self {
            if !isFirst { result += separator }
            result += piece
            isFirst = false
        }
        return result
    }
}
