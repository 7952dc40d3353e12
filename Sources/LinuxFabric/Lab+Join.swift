import CLinux

extension Lab {
    /// Enters a lab, runs a program there in the foreground and returns the exit status to end with: that of the program, or 128 + the
    /// signal that ended it.
    ///
    /// For `exec` and `shell`: call it while this process has one thread, before any `await`, and end afterwards.
    ///
    /// - Parameters:
    ///   - initPid: `LabProcess.initPid`, as the registry tells it.
    ///   - node: the node whose network the program sees; `nil`: the internet.
    ///   - arguments: the program (searched in PATH) and its arguments.
    package static func join(
        initPid: Int32, node: String?, arguments: [String],
        environment: [String: String] = ProcessEnvironment.current
    ) throws(EnvironmentProblem) -> Int32 {
        let network = node.map(NetworkNamespace.path(ofNode:))
        let path = CStrings(network.map { [$0] } ?? [])
        let sockets = CStrings(node.map { [WireGuardSockets.folder(ofNode: $0)] } ?? [])
        let arguments = CStrings(arguments)
        let environment = CStrings(environment: environment)
        var raw = clinux_join_request()
        raw.pid = initPid
        raw.network_path = UnsafePointer(path.pointers[0])
        raw.wireguard_folder = UnsafePointer(sockets.pointers[0])
        raw.arguments = UnsafePointer(arguments.pointers)
        raw.environment = UnsafePointer(environment.pointers)
        var step: Int32 = 0
        let result = clinux_join(&raw, &step)
        withExtendedLifetime((path, sockets, arguments, environment)) {}
        guard result >= 0 else { throw EnvironmentProblem(step: .init(rawValue: step) ?? .joinLab, number: -result) }
        return result
    }
}
