/// What a process of a lab is told to capture, and where to.
///
/// The file is there already, with its section and interface blocks; every process appends to it.
package struct CapturePlan: Codable, Hashable, Sendable {
    package var path: String
    /// The number of the interface that a tunnel's packets belong to, by the name that the shell knows the tunnel by.
    package var tunnels: [String: UInt32]
    /// The number of the interface for datagrams on the internet's side; `nil`: those are not captured.
    package var wan: UInt32?
    /// The file never becomes much larger; what comes later is counted and lost.
    package var limitBytes: UInt64

    package init(path: String, tunnels: [String: UInt32] = [:], wan: UInt32? = nil, limitBytes: UInt64) {
        self.path = path
        self.tunnels = tunnels
        self.wan = wan
        self.limitBytes = limitBytes
    }
}
