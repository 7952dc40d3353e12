package import Addressing
import CLinux
import Glibc

/// A table of policy routing.
package struct RoutingTable: Hashable, Sendable, CustomStringConvertible {
    package let number: UInt32
    package let description: String

    package init(number: UInt32, name: String) {
        self.number = number
        description = name
    }

    package static let local = RoutingTable(number: 255, name: "local")
    package static let main = RoutingTable(number: 254, name: "main")
    /// What the devices of a plant know.
    package static let devices = RoutingTable(number: 100, name: "devices")
    /// The way into the tunnel of a plant's second agent.
    package static let secondAgent = RoutingTable(number: 101, name: "second-agent")
}

/// Where packets for a prefix go.
package struct Route: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        case device(String)
        case gateway(IPv4Address, device: String)
        /// Delivered here.
        case local
        /// Answered with an error to whoever sends.
        case unreachable
    }

    package var prefix: Prefix
    package var target: Target
    package var source: IPv4Address?
    package var table: RoutingTable

    package init(
        _ prefix: Prefix, to target: Target, source: IPv4Address? = nil, table: RoutingTable = .main
    ) {
        self.prefix = prefix
        self.target = target
        self.source = source
        self.table = table
    }

    /// Every address of the prefix is ours, as with `ip route add local`.
    package static func local(_ prefix: Prefix) -> Route {
        Route(prefix, to: .local, table: .local)
    }
}

/// Which table is asked for which packets; the lower priority first.
package struct RoutingRule: Hashable, Sendable {
    package var from: Prefix?
    package var mark: UInt32?
    package var table: RoutingTable
    package var priority: UInt32

    package init(from: Prefix? = nil, mark: UInt32? = nil, table: RoutingTable, priority: UInt32) {
        self.from = from
        self.mark = mark
        self.table = table
        self.priority = priority
    }
}

/// An address on a device, with the length of the network that it opens.
package struct InterfaceAddress: Hashable, Sendable, CustomStringConvertible {
    package var address: IPv4Address
    package var length: Int

    package init(_ address: IPv4Address, length: Int = 32) {
        precondition((0...32).contains(length), "a prefix length is a number from 0 to 32")
        self.address = address
        self.length = length
    }

    package var prefix: Prefix { Prefix(around: address, length: length) }

    package var description: String { "\(address)/\(length)" }
}

/// One change to a network namespace; its description is the `ip` command that would do it.
package enum NetworkChange: Hashable, Sendable {
    case up(device: String, mtu: Int?)
    case delete(device: String)
    case add(InterfaceAddress, device: String)
    case remove(InterfaceAddress, device: String)
    case route(Route)
    case unroute(Route)
    case rule(RoutingRule)
    /// A pair of Ethernet devices, the second one in another namespace.
    ///
    /// Once both are up the kernel takes up to a second until they carry packets; what is sent before is lost.
    case pair(device: String, peer: String, in: NetworkNamespace)
}

extension NetworkChange: CustomStringConvertible {
    package var description: String {
        switch self {
        case .up(let device, let mtu): "ip link set \(device)\(mtu.map { " mtu \($0)" } ?? "") up"
        case .delete(let device): "ip link delete \(device)"
        case .add(let address, let device): "ip address replace \(address) dev \(device)"
        case .remove(let address, let device): "ip address delete \(address) dev \(device)"
        case .route(let route): "ip route replace \(route)"
        case .unroute(let route): "ip route delete \(route)"
        case .rule(let rule): "ip rule add \(rule)"
        case .pair(let device, let peer, let namespace):
            "ip link add \(device) type veth peer name \(peer) netns \(namespace.path)"
        }
    }
}

extension Route: CustomStringConvertible {
    package var description: String {
        let prefix = prefix.length == 0 ? "default" : "\(prefix)"
        let source = source.map { " src \($0)" } ?? ""
        let table = table == .main ? "" : " table \(table)"
        return switch target {
        case .device(let device): "\(prefix) dev \(device)\(source)\(table)"
        case .gateway(let gateway, let device): "\(prefix) via \(gateway) dev \(device)\(source)\(table)"
        case .local: "local \(prefix) dev lo\(source)\(table)"
        case .unreachable: "unreachable \(prefix)\(table)"
        }
    }
}

extension RoutingRule: CustomStringConvertible {
    package var description: String {
        let from = from.map { "from \($0) " } ?? ""
        let mark = mark.map { "fwmark \($0) " } ?? ""
        return "\(from)\(mark)priority \(priority) lookup \(table)"
    }
}
