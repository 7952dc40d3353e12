/// The rig behind the lab page: what it sees, and what it can be told to do.
///
/// The control plane knows nothing of packets; what the rig says is passed on as the JSON that it is.
package struct LabConsole: Sendable {
    /// The lab as it is now, with the packet decisions after the given number.
    package var picture: @Sendable (_ since: UInt64) async throws -> String
    /// Does what the order says; throws `Refusal` when it does not.
    package var perform: @Sendable (_ order: String) async throws -> Void

    package init(
        picture: @escaping @Sendable (_ since: UInt64) async throws -> String,
        perform: @escaping @Sendable (_ order: String) async throws -> Void
    ) {
        self.picture = picture
        self.perform = perform
    }

    /// Why the rig does not, in words for people.
    package struct Refusal: Error, Sendable {
        package var reason: String

        package init(reason: String) { self.reason = reason }
    }
}
