package import Capture
import LinuxFabric
import WireGuardProtocol

extension GatewayShell {
    /// Captures the datagrams on the internet's side, with the keys that open them; `nil` ends it.
    ///
    /// Only handshakes from now on can be opened.
    package func capture(_ plan: CapturePlan?) async throws {
        try await loop.call { handler in
            let tap = try plan.map { try CaptureTap($0) }
            handler.sender.tap?.flush()
            handler.sender.tap = tap
            handler.engine.setKeyLog(tap.map { tap in { tap.secrets($0) } })
            tap?.flush()
        }
    }

    /// Puts a comment beside every packet from now on.
    package func setCaptureComment(_ comment: String?) async throws {
        try await loop.call { $0.sender.tap?.comment = comment }
    }
}

extension AgentShell {
    /// Captures the inner packets of the agents that the plan names; `nil` ends it.
    package func capture(_ plan: CapturePlan?) async throws { try await loop.call { try $0.capture(plan) } }

    /// Puts a comment beside every packet from now on.
    package func setCaptureComment(_ comment: String?) async throws {
        try await loop.call { $0.sender.tap?.comment = comment }
    }
}

extension LaptopShell {
    /// Captures the inner packets of the laptops that the plan names; `nil` ends it.
    package func capture(_ plan: CapturePlan?) async throws { try await loop.call { try $0.capture(plan) } }

    /// Puts a comment beside every packet from now on.
    package func setCaptureComment(_ comment: String?) async throws {
        try await loop.call { $0.sender.tap?.comment = comment }
    }

    /// Starts all handshakes anew, so that a capture that has just begun can be opened.
    package func forceHandshakes() async throws { try await loop.call { $0.forceHandshakes() } }
}

extension EdgeHandler {
    func capture(_ plan: CapturePlan?) throws {
        let tap = try plan.map { try CaptureTap($0) }
        sender.tap?.flush()
        sender.tap = tap
    }
}
