package import ControlProtocol
import LinuxFabric
import Synchronization
package import Timebase
import TunnelRouting

/// Keeps a gateway and the control plane in step: polls revisions, acknowledges them, posts peers and flows.
package final class GatewaySync: Sendable {
    /// How it stands between the two.
    package struct Status: Hashable, Sendable {
        /// When the control plane last answered a poll.
        package var lastAnswer: Moment?
        package var lastProblem: String?
        package var failedPolls: UInt64 = 0
        package var snapshotsWanted: UInt64 = 0
        package var reportsPosted: UInt64 = 0
    }

    package let incarnation: GatewayIncarnation
    private let shell: GatewayShell
    private let client: ControlPlaneClient
    private let waitSeconds: Int
    private let onApplied: (@Sendable (Revision) -> Void)?
    private let state = Mutex(Status())
    private let passes = Mutex(Passes())
    private static let flowsPerReport = 2_000

    package init(
        shell: GatewayShell, client: ControlPlaneClient, incarnation: GatewayIncarnation, waitSeconds: Int = 20,
        onApplied: (@Sendable (Revision) -> Void)? = nil
    ) {
        self.onApplied = onApplied
        self.shell = shell
        self.client = client
        self.incarnation = incarnation
        self.waitSeconds = waitSeconds
    }

    package var status: Status { state.withLock { $0 } }

    /// Works until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.poll() }
            group.addTask { await self.post() }
            await group.waitForAll()
        }
    }

    // MARK: Revisions

    private func poll() async {
        var backoff = Backoff()
        // What the gateway holds; 0 asks for a snapshot.
        var since = (try? await shell.applied().revision) ?? 0
        var unacknowledged: [Acknowledgement] = []
        // An answer that the next one is to overtake.
        var held: RevisionBatch?
        while !Task.isCancelled {
            do {
                // An acknowledgement that could not be sent goes first; only the latest says anything.
                while let last = unacknowledged.last {
                    try await client.send(last)
                    unacknowledged.removeAll()
                }
                let wait = held == nil ? waitSeconds : min(waitSeconds, 2)
                let asked = held?.revisions.last?.number ?? since
                var batch = try await client.revisions(since: asked, waitSeconds: wait)
                noteAnswer()
                if let late = held {
                    batch.revisions += late.revisions
                    held = nil
                } else if !batch.revisions.isEmpty {
                    switch client.gate.fate(of: .revisions) {
                    case .pass: break
                    case .drop: throw ControlPlaneError(operation: "revisions", detail: "lost by a fault")
                    case .delay(let span):
                        try await Task.sleep(for: .nanoseconds(Int64(clamping: span.nanoseconds)))
                    case .duplicate: batch.revisions += batch.revisions
                    case .overtaken:
                        held = batch
                        continue
                    }
                }
                let before = since
                for acknowledgement in try await shell.apply(batch) {
                    unacknowledged.append(acknowledgement)
                    tell(acknowledgement, of: batch)
                    since = acknowledgement.outcome == .applied ? acknowledgement.revision : 0
                    if acknowledgement.outcome == .needsSnapshot { state.withLock { $0.snapshotsWanted += 1 } }
                    try await client.send(acknowledgement)
                    unacknowledged.removeAll()
                }
                // Answers that lead nowhere, such as an older state of a restored control plane, must not spin.
                if !batch.revisions.isEmpty, since == before || since == 0 {
                    await backoff.wait()
                } else {
                    backoff.succeeded()
                }
            } catch {
                state.withLock {
                    $0.failedPolls += 1
                    $0.lastProblem = "\(error)"
                }
                await backoff.wait()
            }
        }
    }

    /// Told before the control plane is, so that whoever hears of the acknowledgement has heard of this.
    private func tell(_ acknowledgement: Acknowledgement, of batch: RevisionBatch) {
        guard let onApplied, acknowledgement.outcome == .applied,
            let revision = batch.revisions.first(where: { $0.number == acknowledgement.revision })
        else { return }
        onApplied(revision)
    }

    private func noteAnswer() {
        state.withLock { $0.lastAnswer = .now }
    }

    // MARK: Reports

    private func post() async {
        var backoff = Backoff()
        for await _ in shell.reports.bell {
            while !Task.isCancelled {
                passes.withLock { $0.begun += 1 }
                if await postOnce() {
                    backoff.succeeded()
                    finishPass()
                    break
                }
                await backoff.wait()
            }
        }
    }

    /// Passes of the poster: each takes all that waits when it begins.
    private struct Passes {
        var begun: UInt64 = 0
        var waiting: [(pass: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private func finishPass() {
        let done = passes.withLock { passes in
            let begun = passes.begun
            let done = passes.waiting.filter { $0.pass <= begun }
            passes.waiting.removeAll { $0.pass <= begun }
            return done
        }
        for waiter in done { waiter.continuation.resume() }
    }

    /// Returns when the control plane has the present state of every peer and every flow touched so far.
    package func flush() async throws {
        try await shell.reportEverything()
        await withCheckedContinuation { continuation in
            // A pass that runs already may have taken its reports before ours were added: the next one counts.
            passes.withLock { $0.waiting.append(($0.begun + 1, continuation)) }
            shell.reports.ring()
        }
    }

    /// - Returns: false when something could not be posted; it is put back.
    private func postOnce() async -> Bool {
        let peers = shell.reports.takePeers()
        if !peers.isEmpty {
            let now = Moment.now
            do {
                try await client.send(
                    PeerReport(incarnation: incarnation, peers: peers.map { $0.state(at: now) }))
                state.withLock { $0.reportsPosted += 1 }
            } catch {
                shell.reports.putBack(peers: peers)
                state.withLock { $0.lastProblem = "\(error)" }
                return false
            }
        }
        while true {
            let flows = shell.reports.takeFlows(atMost: Self.flowsPerReport)
            if flows.isEmpty { return true }
            let now = Moment.now
            do {
                try await client.send(
                    FlowReport(incarnation: incarnation, flows: flows.map { $0.record(at: now) }))
                state.withLock { $0.reportsPosted += 1 }
            } catch {
                shell.reports.putBack(flows: flows)
                state.withLock { $0.lastProblem = "\(error)" }
                return false
            }
        }
    }
}
