import DeviceModel

/// One kind of device, served by one thread.
protocol DeviceService: AnyObject, Sendable {
    /// Takes the listener, which is closed when this throws.
    func add(
        _ configuration: DeviceConfiguration, for record: DeviceRecord, listener: Int32
    ) async throws(DeviceProblem)

    func remove(_ identity: DeviceIdentity) async

    /// The answer comes from the serving thread.
    func isServing(_ identity: DeviceIdentity) async -> Bool

    /// The device's fault switch was thrown: what lies in the network's hands is so when this returns.
    func obeyFaults(_ identity: DeviceIdentity) async

    /// Closes everything and joins the thread; may be called more than once.
    func stop() async
}
