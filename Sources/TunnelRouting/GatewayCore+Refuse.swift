import Addressing
import Timebase

extension GatewayCore {
    /// Answers a person's packet with the ICMP error that belongs to the verdict, and notes the attempt.
    mutating func refuse(
        _ facts: PacketFacts, _ verdict: Verdict, person: Int32, plant: Int32? = nil, at now: Moment
    ) -> Fate {
        if verdict != .timeExceeded, verdict != .notAGatewayService {
            noteAttempt(facts, person: person, plant: plant, at: now)
        }
        guard configuration.refusal == .icmp, facts.mayBeRefused else { return Fate(verdict) }
        let isExpired = verdict == .timeExceeded
        sendError(
            type: isExpired ? ICMPType.timeExceeded : ICMPType.unreachable, code: Self.errorCode(of: verdict),
            about: facts.packet.bytes, person: person, at: now)
        return Fate(verdict)
    }

    private static func errorCode(of verdict: Verdict) -> UInt8 {
        switch verdict {
        case .plantUnreachable, .noOwner, .noLiveAgent, .timeExceeded: 0
        default: UnreachableCode.prohibited
        }
    }

    /// Sends an ICMP error to a person, within the person's rate.
    mutating func sendError(
        type: UInt8, code: UInt8, about quoted: UnsafeRawBufferPointer, person: Int32, at now: Moment
    ) {
        let isInRate = people[Int(person)].refusals.take(
            at: now, perSecond: configuration.refusalsPerSecond, burst: configuration.refusalBurst)
        guard isInRate else {
            refusalsSuppressed += 1
            return
        }
        let (source, destination) = (configuration.tunnelAddress, people[Int(person)].address)
        outbox.append(
            to: PeerSlot(index: people[Int(person)].peer), byteCount: PacketForge.errorByteCount(about: quoted)
        ) { packet in
            PacketForge.writeError(
                type: type, code: code, about: quoted, from: source, to: destination, into: packet)
        }
    }

    // MARK: Tombstones

    /// Whether a segment belongs to a connection that was cut, whichever plant it led to.
    func isTombstoned(_ facts: PacketFacts) -> Bool {
        guard facts.segment != nil, !facts.isOpening else { return false }
        return tombstones[facts.keyUp(plant: FlowKey.anyPlant)] != nil
    }

    /// Answers a person's segment of a connection that was cut; `nil` when it is none.
    mutating func answerTombstone(_ facts: PacketFacts, to peer: PeerSlot, at now: Moment) -> Fate? {
        guard facts.segment != nil, !facts.isOpening,
            let index = tombstones[facts.keyUp(plant: FlowKey.anyPlant)]
        else { return nil }
        return reset(facts, flow: index, to: peer, at: now)
    }

    /// Answers a segment of a tombstone with a reset at exactly the number that its sender, a peer, expects next.
    mutating func reset(_ facts: PacketFacts, flow index: Int32, to peer: PeerSlot, at now: Moment) -> Fate {
        guard let segment = facts.segment else { return Fate(.afterCut) }
        flows[index].last = now
        guard !segment.flags.contains(.rst) else { return Fate(.afterCut) }
        let hasAcknowledgement = segment.flags.contains(.ack)
        let reset = PacketForge.Reset(
            source: Endpoint(facts.packet.destination, segment.destinationPort),
            destination: Endpoint(facts.packet.source, segment.sourcePort),
            sequence: hasAcknowledgement ? segment.acknowledgement : 0,
            acknowledgement: hasAcknowledgement ? nil : segment.sequenceEnd)
        send(reset, to: peer)
        return Fate(.resetAnswered)
    }

    mutating func send(_ reset: PacketForge.Reset, to peer: PeerSlot) {
        outbox.append(to: peer, byteCount: PacketForge.resetByteCount) { PacketForge.write(reset, into: $0) }
    }
}

/// Codes of ICMP destination unreachable.
enum UnreachableCode {
    static let network: UInt8 = 0
    static let host: UInt8 = 1
    static let prohibited: UInt8 = 13
}
