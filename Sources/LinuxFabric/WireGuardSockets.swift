/// Where the tunnels of a lab's nodes are asked about: a socket for each interface, in a folder for each node.
///
/// A program at a node finds its node's folder where `wg` looks, see `Lab.join`.
package enum WireGuardSockets {
    package static func folder(ofNode node: String) -> String { "/run/mirox/wireguard/\(node)" }

    package static func path(of interface: String, at node: String) -> String {
        "\(folder(ofNode: node))/\(interface).sock"
    }
}
