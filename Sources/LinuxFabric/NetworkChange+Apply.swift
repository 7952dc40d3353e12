import Addressing
import CLinux
import Glibc

extension NetworkChange {
    /// Makes the changes in the calling thread's network namespace, in order and in one send.
    ///
    /// A new device of a pair has no index yet: what uses it belongs into a later call.
    static func applyHere(_ changes: [NetworkChange]) throws(LinuxError) {
        guard !changes.isEmpty else { return }
        var batch = clinux_netlink()
        try check(clinux_netlink_init(&batch), "preparing changes")
        defer { clinux_netlink_free(&batch) }
        var devices = DeviceIndices()
        for change in changes { try change.append(to: &batch, &devices) }
        var failed: UInt32 = 0
        let result = clinux_netlink_commit(&batch, &failed)
        guard result < 0 else { return }
        let culprit = Int(failed) < changes.count ? changes[Int(failed)].description : "changing the network"
        throw LinuxError(culprit, -result)
    }

    private func append(to batch: inout clinux_netlink, _ devices: inout DeviceIndices) throws(LinuxError) {
        switch self {
        case .up(let device, let mtu):
            clinux_netlink_link_up(&batch, try devices.index(of: device), UInt32(mtu ?? 0))
        case .delete(let device):
            clinux_netlink_link_delete(&batch, try devices.index(of: device))
        case .add(let address, let device):
            clinux_netlink_address(
                &batch, try devices.index(of: device), address.address.number, UInt8(address.length), 0)
        case .remove(let address, let device):
            clinux_netlink_address(
                &batch, try devices.index(of: device), address.address.number, UInt8(address.length), 1)
        case .route(let route):
            var raw = try route.raw(&devices)
            clinux_netlink_route(&batch, &raw, 0)
        case .unroute(let route):
            var raw = try route.raw(&devices)
            clinux_netlink_route(&batch, &raw, 1)
        case .rule(let rule):
            var raw = clinux_rule(
                from: rule.from?.address.number ?? 0, mark: rule.mark ?? 0, table: rule.table.number,
                priority: rule.priority, from_length: UInt8(rule.from?.length ?? 0))
            clinux_netlink_rule(&batch, &raw)
        case .pair(let device, let peer, let namespace):
            // The peer's namespace must stay open until the message is sent.
            let opened = try devices.open(namespace)
            clinux_netlink_veth(&batch, device, peer, opened)
        }
    }
}

/// Device indices of one namespace, asked for once, and the namespaces that a batch refers to.
private struct DeviceIndices: ~Copyable {
    private var known: [String: Int32] = ["lo": 1]
    private var opened: [Int32] = []

    deinit {
        for number in opened { close(number) }
    }

    mutating func index(of device: String) throws(LinuxError) -> Int32 {
        if let index = known[device] { return index }
        let index = try check(clinux_link_index(device), "finding device \(device)")
        known[device] = index
        return index
    }

    mutating func open(_ namespace: NetworkNamespace) throws(LinuxError) -> Int32 {
        let number = try Descriptor.open(namespace.path).release()
        opened.append(number)
        return number
    }
}

extension Route {
    fileprivate func raw(_ devices: inout DeviceIndices) throws(LinuxError) -> clinux_route {
        var raw = clinux_route()
        raw.destination = prefix.address.number
        raw.length = UInt8(prefix.length)
        raw.table = table.number
        raw.source = source?.number ?? 0
        switch target {
        case .device(let device):
            raw.type = 1
            raw.device = try devices.index(of: device)
        case .gateway(let gateway, let device):
            raw.type = 1
            raw.gateway = gateway.number
            raw.device = try devices.index(of: device)
        case .local:
            raw.type = 2
            raw.device = try devices.index(of: "lo")
        case .unreachable:
            raw.type = 7
        }
        return raw
    }
}
