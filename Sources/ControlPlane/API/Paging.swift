import ControlProtocol
import Hummingbird

/// Lists of the API: in pages, with a tag.
enum Paging {
    static let defaultLimit = 500
    static let mostRows: UInt64 = 1000

    /// A page of the rows; they need not be sorted.
    ///
    /// The cursor is the id of the last row seen, so that a list which changes between two pages loses nothing but what
    /// was taken away.
    static func response<Row: Hashable & Sendable & Codable>(
        _ rows: [Row], to request: Request, id: (Row) -> String
    ) throws -> Response {
        var named = rows.map { (id: id($0), row: $0) }
        if let cursor = request.query("cursor") {
            named.removeAll { !cursor.utf8.lexicographicallyPrecedes($0.id.utf8) }
        }
        named.sort { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        let limit = try Int(min(max(request.number("limit") ?? UInt64(defaultLimit), 1), mostRows))
        let page = named.prefix(limit)
        return try response(
            Page(rows: page.map(\.row), next: named.count > limit ? page.last?.id : nil), to: request)
    }

    /// The value with its tag, or 304 to whoever has it already.
    static func response(_ value: some Encodable, to request: Request) throws -> Response {
        let text = try Store.encode(value)
        let tag = EntityTag.of(text: text)
        if matches(request.headers[.ifNoneMatch], tag) {
            return Response(status: .notModified, headers: [.eTag: tag])
        }
        var response = JSON.response(text: text)
        response.headers[.eTag] = tag
        return response
    }

    /// Whether the tag is among those of an `If-Match` or `If-None-Match`.
    static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { part in
            let text = part.drop { $0 == " " }
            return text == "*" || text == tag || text.dropFirst(2) == tag && text.hasPrefix("W/")
        }
    }
}
