/// Why a person's session ended, by the names that the page and scenarios compare.
package enum SessionEnd: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing was heard for longer than a session lives.
    case idle
    /// The certificate got a new key.
    case rotated
    /// The gateway's process ended, and another one speaks.
    case gatewayStopped = "gateway-stopped"
}
