/// One kind of device, served by one thread.
protocol DeviceService: AnyObject, Sendable {
    /// Takes the listener, which is closed when this throws.
    func add(
        _ configuration: DeviceConfiguration, as identity: DeviceIdentity, listener: Int32, tally: DeviceTally
    ) async throws(DeviceFault)

    func remove(_ identity: DeviceIdentity) async

    /// The answer comes from the serving thread.
    func isServing(_ identity: DeviceIdentity) async -> Bool

    /// Closes everything and joins the thread; may be called more than once.
    func stop() async
}
