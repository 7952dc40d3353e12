import ControlProtocol
import LinuxFabric
import ScenarioModel
import Timebase

/// Waiting for the control plane, which says what it still waits for.
extension LiveWorld {
    /// Whether the control plane is as wanted, or what is still missing, in words for an error.
    enum Rest: Sendable {
        case atRest
        case waiting(String)
    }

    func waitForStatus(_ missing: @escaping @Sendable (SyncStatus) -> String?) async throws {
        try await waitForControlPlane { [api, secrets] _ in
            let status: SyncStatus = try await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
            return missing(status).map { .waiting($0) } ?? .atRest
        }
    }

    /// Looks again after each change at the control plane until it is as wanted.
    ///
    /// A control plane that has much to do may take long for one answer; what counts is the time in all.
    func waitForControlPlane(
        seconds: UInt64 = 30, look: @Sendable (ChangeCount) async throws -> Rest
    ) async throws {
        let deadline = Moment.now + .seconds(seconds)
        var seen: UInt64 = 0
        var missing = "it never answered"
        while Moment.now < deadline {
            let count: ChangeCount = try await api.call(
                .get, "/api/v1/lab/changes?since=\(seen)&wait=1", bearer: secrets.labToken, seconds: Int64(seconds))
            guard case .waiting(let what) = try await look(count) else { return }
            missing = what
            seen = count.change
        }
        throw WorldProblem(.environment, "the control plane did not come to rest within \(seconds) s: \(missing)")
    }
}

extension SyncStatus {
    /// What the gateway has yet to acknowledge.
    var unacknowledged: String? {
        acknowledged < revision ? "the gateway acknowledged revision \(acknowledged) of \(revision)" : nil
    }
}
