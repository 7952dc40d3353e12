import AccessModel
import Addressing
import ScenarioModel

/// The invariants that can only be judged when all is over.
extension ScenarioRun {
    func conclude() async throws(StepStop) {
        guard !instance.invariants.isEmpty else { return }
        try await flush()
        try throwViolation(nil)
        if let forwarding = board.unaccounted.first {
            throw StepStop(
                .broken, sentence: Invariant.noLeak.sentence,
                what: "a packet went at revision \(forwarding.revision), of which nobody said that it was applied")
        }
        try await conclude(.auditComplete) { () async throws(WorldProblem) in
            let missing = self.board.missing(in: try await self.world.auditedFlows())
            guard let first = missing.first else { return nil }
            let packet = StrayPacket(
                person: first.person, address: first.device, port: first.port, plant: first.plant, revision: 0)
            return Mistake(
                text: "missing in the audit: \(missing.map(\.text).joined(separator: "; "))", suspect: .packet(packet))
        }
        try await conclude(.volumesAgree) { () async throws(WorldProblem) in
            let differing = try await self.world.volumes().filter { $0.sessionBytes != $0.auditBytes }
            let words = differing.map {
                "\($0.person): \($0.sessionBytes) bytes in the sessions, \($0.auditBytes) in the audit"
            }
            return differing.first.map {
                Mistake(text: words.joined(separator: "; "), suspect: .sessions($0.person))
            }
        }
        try await conclude(.keyStaysHome) { () async throws(WorldProblem) in
            let found = try await self.world.strayKeys()
            return found.isEmpty ? nil : Mistake(text: found.joined(separator: "; "))
        }
    }

    private struct Mistake {
        var text: String
        var suspect: Suspect?
    }

    /// Asks until all is well or the time is over; what is reported takes a second at most to arrive.
    private func conclude(
        _ invariant: Invariant, _ mistake: () async throws(WorldProblem) -> Mistake?
    ) async throws(StepStop) {
        guard instance.invariants.contains(invariant) else { return }
        let deadline = clock.now + Self.auditLimit
        var found: Mistake?
        repeat {
            let version = board.pulse.version
            do throws(WorldProblem) {
                found = try await mistake()
            } catch {
                throw StepStop(.broken, sentence: invariant.sentence, what: error.description)
            }
            guard found != nil else { return }
            await board.pulse.wait(after: version, until: clock.now + .milliseconds(50), on: clock)
        } while clock.now < deadline && !Task.isCancelled
        var stop = StepStop(.failed, sentence: invariant.sentence, what: found?.text ?? "")
        stop.suspect = found?.suspect
        throw stop
    }
}

extension WorldChange {
    /// Whether it is worth a line; tables are only for the invariants.
    var isNews: Bool {
        switch kind {
        case .table, .sessionRows: false
        default: true
        }
    }
}
