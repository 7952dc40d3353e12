import AccessModel
import ControlProtocol

extension ControlPlaneService {
    /// The longest that a message may be delayed.
    private static let longestDelaySeconds = 60.0

    func add(_ fault: SyncFault) throws -> SyncFaultPage {
        guard (1...1000).contains(fault.count ?? 1), (0...Self.longestDelaySeconds).contains(fault.seconds ?? 1) else {
            throw ProblemError(
                code: "invalid-body", status: 422, detail: "count is 1 to 1000, seconds are 0 to 60")
        }
        guard faults.add(fault) else {
            throw ProblemError(code: "too-many-faults", status: 409, detail: "\(FaultQueue.mostFaults) wait already")
        }
        return SyncFaultPage(rows: faults.waiting)
    }

    func healFaults() { faults.removeAll() }

    /// Takes a message of the gateway in, as its fault wants it.
    func deliver(_ message: SyncFault.Message, _ work: @escaping FaultQueue.Work) async throws {
        let fault = try await befall(message)
        switch fault?.fate {
        case nil, .drop, .delay:
            try await work(self)
        case .duplicate:
            try await work(self)
            try await work(self)
        case .reorder:
            return hold(work, of: message, seconds: fault?.seconds ?? 1)
        }
        for late in faults.takeLate(message) { try await late(self) }
    }

    /// The revisions of an answer, as its fault wants them.
    func befallen(_ batch: RevisionBatch) async throws -> RevisionBatch {
        var batch = batch
        guard let last = batch.revisions.last?.number else { return batch }
        let fault = try await befall(.revisions)
        switch fault?.fate {
        case nil, .drop, .delay: break
        case .duplicate: batch.revisions += batch.revisions
        case .reorder:
            _ = await wait(fault?.seconds ?? 1) { [self] in state.counters.revision != last }
            batch.revisions = state.revisions(since: last) + batch.revisions
        }
        return batch
    }

    /// Keeps a message until the next one of its kind has passed it, or for so long when none comes.
    private func hold(_ work: @escaping FaultQueue.Work, of message: SyncFault.Message, seconds: Double) {
        let id = faults.hold(work, of: message)
        Task { [surroundings] in
            try? await surroundings.sleep(seconds)
            guard let work = self.faults.take(id, of: message) else { return }
            // Nobody waits for the answer any more.
            try? await work(self)
        }
    }

    /// What is to be done beside waiting and losing, which happen here.
    private func befall(_ message: SyncFault.Message) async throws -> SyncFault? {
        guard let fault = faults.next(for: message) else { return nil }
        metrics.messageFaults += 1
        switch fault.fate {
        case .drop: throw ProblemError(code: "lost-by-fault", status: 503, detail: "a fault took the message")
        case .delay: try await surroundings.sleep(fault.seconds ?? 1)
        case .duplicate, .reorder: break
        }
        return fault
    }

    // MARK: Clock

    /// Further at a time nobody can want.
    private static let longestStepSeconds = 400.0 * 86_400

    var clock: ClockAnswer { ClockAnswer(now: now, aheadSeconds: state.counters.clockAheadSeconds ?? 0) }

    /// Puts the clock forward; it stays so over a restart.
    func advanceClock(bySeconds seconds: Double) throws -> ClockAnswer {
        guard seconds >= 0, seconds <= Self.longestStepSeconds else {
            throw ProblemError(
                code: "invalid-body", status: 422, detail: "advance is 0 to \(Int(Self.longestStepSeconds)) seconds")
        }
        try commit { state, _ in
            state.counters.clockAheadSeconds = (state.counters.clockAheadSeconds ?? 0) + seconds
            state.journal.counters = state.counters
        }
        return clock
    }
}
