import Addressing
import CLinux
import Glibc

/// A network namespace with a name in the file system, through which every process of the lab can open it.
package struct NetworkNamespace: Hashable, Sendable {
    package let path: String

    /// Where a node's namespace is found inside a lab; `/` in a node's name becomes a folder.
    package static func path(ofNode node: String) -> String { "/run/netns/\(node)" }

    /// One that was made before, perhaps by another process.
    package init(existingAt path: String) {
        self.path = path
    }

    /// Makes one: loopback up, IPv6 off, every port free to bind.
    ///
    /// Folders on the way are made. A path that exists is an error.
    package static func create(at path: String) throws(LinuxError) -> NetworkNamespace {
        try create(at: path, configuration: NodeConfiguration()).namespace
    }

    /// Makes one and sets it up, in one go on one thread.
    package static func create(
        at path: String, configuration: NodeConfiguration
    ) throws(LinuxError) -> (namespace: NetworkNamespace, tuns: [TunDevice]) {
        try makeFolders(above: path)
        let tuns = try NamespaceThread.instance().run { () throws(LinuxError) in
            try check(clinux_unshare_network(), "making a network namespace")
            try check(clinux_bind_network(path), "binding a network namespace to \(path)")
            do throws(LinuxError) {
                try check(clinux_network_defaults(), "setting up \(path)")
                let tuns = try configuration.openTunsHere()
                try configuration.applyHere()
                return tuns
            } catch {
                clinux_unbind(path)
                throw error
            }
        }
        return (NetworkNamespace(existingAt: path), tuns)
    }

    /// Gives the calling process's own first namespace (the lab's internet) a name too.
    package static func bindHome(at path: String) throws(LinuxError) -> NetworkNamespace {
        try makeFolders(above: path)
        try NamespaceThread.instance().run { () throws(LinuxError) in
            _ = try check(clinux_bind_network(path), "binding a network namespace to \(path)")
        }
        return NetworkNamespace(existingAt: path)
    }

    /// Runs the body inside, on a thread of ours, while the caller waits.
    ///
    /// For short work: making sockets (they stay inside and can be used from anywhere), setting things up. All such work of a
    /// process is done one after the other.
    package func perform<Success: ~Copyable>(_ body: () throws -> Success) throws -> Success {
        let namespace = try Descriptor.open(path)
        return try NamespaceThread.instance().run {
            try check(clinux_enter_network(namespace.number), "entering \(path)")
            return try body()
        }
    }

    /// The same for work that fails as the kernel does.
    private func enter<Success: ~Copyable>(
        _ body: () throws(LinuxError) -> Success
    ) throws(LinuxError) -> Success {
        let namespace = try Descriptor.open(path)
        return try NamespaceThread.instance().run { () throws(LinuxError) in
            try check(clinux_enter_network(namespace.number), "entering \(path)")
            return try body()
        }
    }

    /// Makes one, or takes the one that is there: how a role that was killed finds its nodes again.
    package static func prepare(
        at path: String, configuration: NodeConfiguration
    ) throws(LinuxError) -> (namespace: NetworkNamespace, tuns: [TunDevice]) {
        guard access(path, F_OK) == 0 else { return try create(at: path, configuration: configuration) }
        let namespace = NetworkNamespace(existingAt: path)
        let tuns = try namespace.enter { () throws(LinuxError) in
            let tuns = try configuration.openTunsHere()
            try configuration.applyHere()
            return tuns
        }
        return (namespace, tuns)
    }

    /// Brings the namespace, with its TUN devices, to this configuration; what is already so stays.
    ///
    /// What an earlier configuration had beyond this one stays too: take it away by changes.
    package func apply(_ configuration: NodeConfiguration) throws(LinuxError) {
        try enter { () throws(LinuxError) in try configuration.applyHere() }
    }

    /// Attaches to a TUN device here, or makes it; only one process can be attached.
    package func openTun(named name: String) throws(LinuxError) -> TunDevice {
        try enter { () throws(LinuxError) in try TunDevice(named: name) }
    }

    /// Takes single changes.
    package func apply(_ changes: [NetworkChange]) throws(LinuxError) {
        try enter { () throws(LinuxError) in try NetworkChange.applyHere(changes) }
    }

    /// Drops whatever goes these ways; replaces what was dropped before, an empty set ends it.
    ///
    /// For a namespace that holds the addresses, as the internet does.
    package func drop(_ ways: Set<AddressWay>) throws(LinuxError) {
        let raw = ways.map { clinux_address_way(from: $0.from?.number ?? 0, to: $0.to?.number ?? 0) }
        try enter { () throws(LinuxError) in
            _ = try check(clinux_nft_drop_ways(raw, raw.count), "dropping between addresses")
        }
    }

    /// Takes the name away; the namespace goes when its last process and socket do.
    package func remove() throws(LinuxError) {
        try check(clinux_unbind(path), "removing \(path)")
    }

    private static func makeFolders(above path: String) throws(LinuxError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var folder = ""
        for part in parts {
            folder += folder.isEmpty && part.isEmpty ? "/" : folder.hasSuffix("/") || folder.isEmpty ? part : "/" + part
            guard folder != "/", mkdir(folder, 0o755) != 0, errno != EEXIST else { continue }
            throw LinuxError("making \(folder)", errno)
        }
    }
}
