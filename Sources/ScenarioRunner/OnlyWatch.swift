import AccessModel
import Addressing
import ScenarioModel

/// Holds `only: true`: while the step runs, no packet of the person for the address enters any other plant.
///
/// It reads the gateway's decisions and not the probes, so nothing falls between two looks.
struct OnlyWatch: Sendable {
    private let reaches: [Condition.Reach]
    private let before: [InvariantWatch.Delivery: Int]
    private let run: ScenarioRun

    /// - Returns: `nil` when no condition says `only`.
    init?(_ clauses: [Clause], run: ScenarioRun) async throws(StepStop) {
        reaches = clauses.flatMap(\.conditions).compactMap {
            if case .reach(let reach) = $0, reach.isOnly { reach } else { nil }
        }
        guard !reaches.isEmpty else { return nil }
        self.run = run
        // What was decided before this step is not this step's.
        try await run.flush()
        before = run.board.packets
    }

    /// - Parameter isFinal: also waits for everything that was decided up to now.
    func check(sentence: String, isFinal: Bool = true) async throws(StepStop) {
        if isFinal { try await run.flush() }
        let packets = run.board.packets
        for reach in reaches {
            let strays = packets.filter { delivery, count in
                delivery.person == reach.from.person && delivery.address == reach.target.address
                    && delivery.plant != reach.answeredBy && count > before[delivery, default: 0]
            }
            guard let stray = strays.min(by: { $0.key.plant < $1.key.plant }) else { continue }
            let count = stray.value - before[stray.key, default: 0]
            throw StepStop(
                .failed, sentence: sentence,
                what: "\(count) packet\(count == 1 ? "" : "s") for \(reach.target.address) went to \(stray.key.plant)",
                look: Look(
                    condition: .reach(reach),
                    observation: Observation(.unfinished("a packet went to \(stray.key.plant)")),
                    judgement: Judgement(.fails, seen: "a packet went to \(stray.key.plant)"), needsControl: []))
        }
    }
}
