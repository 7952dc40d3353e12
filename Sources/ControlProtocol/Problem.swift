/// An error as `application/problem+json` (RFC 9457).
package struct Problem: Hashable, Sendable, Codable {
    /// `urn:mirox:problem:` and the code: stable.
    package var type: String
    package var title: String
    package var status: Int
    package var detail: String?

    /// The stable name at the end of `type`.
    package var code: String { String(type.dropFirst(Self.namespace.count)) }

    private static let namespace = "urn:mirox:problem:"

    package init(code: String, status: Int, detail: String? = nil) {
        type = Self.namespace + code
        title = code.split(separator: "-").joined(separator: " ")
        self.status = status
        self.detail = detail
    }
}
