import LabProtocol
package import ScenarioModel

/// The runner's own marks in a world.
extension LiveWorld {
    package func begin(_ step: StepContext) async {
        stepBegan = .now
        for laptop in connected {
            // A laptop whose state cannot be had counts from zero: its liveness is then asked for by a ping.
            if let state = try? await tunnelState(of: laptop) { receivedAtStepBegin[laptop] = state.packetsReceived }
        }
    }

    package func mark(_ number: UInt64) async throws(WorldProblem) {
        do {
            try await flush()
            reports.mark(number)
        } catch {
            throw WorldProblem(.environment, "\(error)")
        }
    }
}
