import AccessModel
import DataPlane
import LabProtocol
import LinuxFabric
import Synchronization
import Timebase
import TunnelRouting
import WireGuardProtocol

/// What the gateway remembers of its decisions and revisions, in wall-clock time, so that it answers for the past too.
final class GatewayMemory: Sendable {
    private struct State {
        var log = PacketLog()
        var applied: [DecisionHistory.Applied] = []
    }

    private let state = Mutex(State())
    /// One moment on both clocks.
    private let origin = (moment: Moment.now, wall: GatewayMemory.wallMilliseconds())

    private static let keptRevisions = 1024
    /// More records than this are never asked for at once.
    private static let mostRecords = 2000

    func record(_ decisions: [Decision]) {
        state.withLock { state in
            for decision in decisions { state.log.record(decision) }
        }
    }

    func applied(_ revision: UInt64, _ generation: UInt64, isForEveryone: Bool) {
        let applied = DecisionHistory.Applied(
            revision: revision, generation: generation, at: timestamp(.now), isForEveryone: isForEveryone)
        state.withLock { state in
            state.applied.append(applied)
            if state.applied.count > Self.keptRevisions { state.applied.removeFirst() }
        }
    }

    func history(_ query: DecisionQuery) -> DecisionHistory {
        let wanted = PacketLog.Query(
            person: query.person, address: query.address, port: query.port, since: query.since.map(moment),
            until: query.until.map(moment))
        let (records, applied, forgotten) = state.withLock { state in
            (
                state.log.records(wanted, atMost: min(max(0, query.limit), Self.mostRecords)), state.applied,
                state.log.forgotten
            )
        }
        return DecisionHistory(
            records: records.map { record in
                var told = self.record(of: record.decision)
                told.packets = record.count
                told.bytes = Int(clamping: record.byteCount)
                return told
            }, applied: applied.filter { $0.at <= query.until ?? $0.at }, forgotten: forgotten)
    }

    func record(of decision: Decision) -> DecisionRecord {
        DecisionRecord(
            sequence: decision.sequence, at: timestamp(decision.moment), person: decision.person,
            plant: decision.plant, isFromPerson: decision.direction == .up, source: decision.source,
            destination: decision.destination, transport: decision.transport, sourcePort: decision.sourcePort,
            destinationPort: decision.destinationPort, verdict: decision.verdict.name,
            isForwarded: decision.verdict.kind == .forwarded, revision: decision.revision, bytes: decision.byteCount,
            packets: decision.packetCount, key: decision.publicKey)
    }

    // MARK: Clocks

    private func timestamp(_ moment: Moment) -> Timestamp {
        let nanoseconds = Int64(bitPattern: moment.nanoseconds &- origin.moment.nanoseconds)
        return Timestamp(milliseconds: origin.wall + nanoseconds / 1_000_000)
    }

    /// The last nanosecond of the timestamp's millisecond: what happened in it counts as not later.
    private func moment(_ timestamp: Timestamp) -> Moment {
        let offset = (timestamp.milliseconds &- origin.wall + 1).multipliedReportingOverflow(by: 1_000_000)
        let nanoseconds = Int64(bitPattern: origin.moment.nanoseconds).addingReportingOverflow(
            offset.overflow ? (timestamp.milliseconds < origin.wall ? .min : .max) : offset.partialValue)
        if nanoseconds.overflow { return Moment(nanoseconds: offset.partialValue < 0 ? 0 : UInt64(Int64.max)) }
        return Moment(nanoseconds: UInt64(max(0, nanoseconds.partialValue)))
    }

    private static func wallMilliseconds() -> Int64 {
        let time = SystemSources.wallClock()
        return Int64(time.seconds) * 1000 + Int64(time.nanoseconds / 1_000_000)
    }
}
