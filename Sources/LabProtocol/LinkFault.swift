package import Addressing

/// An impairment of the datagrams that one WAN address sends to another, one way.
package struct LinkFault: Codable, Sendable, Hashable {
    package var id: String
    package var from: IPv4Address
    package var to: IPv4Address
    /// 0 to 1.
    package var loss: Double
    package var delaySeconds: Double

    package init(id: String, from: IPv4Address, to: IPv4Address, loss: Double, delaySeconds: Double) {
        self.id = id
        self.from = from
        self.to = to
        self.loss = loss
        self.delaySeconds = delaySeconds
    }
}
