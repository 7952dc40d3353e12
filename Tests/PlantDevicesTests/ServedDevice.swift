import DeviceModel

@testable import PlantDevices

/// A device on a loopback socket of its own while the body runs with its fleet and its port; the fleet is stopped whatever happens.
///
/// - Parameter clock: noon of a summer day unless said; `nil`: the fleet's own.
func withDevice(
    _ configuration: DeviceConfiguration, as identity: DeviceIdentity, clock: PlantClock? = PlantClock { .summerNoon },
    _ body: (DeviceFleet, UInt16) async throws -> Void
) async throws {
    let fleet = try DeviceFleet(clock: clock)
    let listener = try Listener()
    try await fleet.add(configuration, as: identity, listener: listener.descriptor)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(fleet, listener.port))
    } catch {
        result = .failure(error)
    }
    await fleet.stop()
    try result.get()
}
