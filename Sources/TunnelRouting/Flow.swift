import Addressing
import Timebase

/// One flow of a person through an agent; plain data without references, so a table of them costs no counting.
struct Flow {
    enum State: UInt8 {
        /// Nothing has come back yet.
        case opening
        /// Both sides were heard.
        case established
        /// One side has sent its FIN.
        case closing
        /// A reset or both FINs passed; late segments still do.
        case ended
        /// A tombstone: nothing passes any more, segments are answered with resets.
        case cut
    }

    var key: FlowKey
    var id: UInt64
    var state = State.opening
    /// The person's slot; meaningless for a tombstone.
    var person: Int32
    /// The peer slot of the agent.
    var agentPeer: Int32
    var revision: UInt64
    var source: Endpoint
    var first: Moment
    var last: Moment
    var bytesUp: UInt64 = 0
    var bytesDown: UInt64 = 0
    var packetsUp: UInt64 = 0
    var packetsDown: UInt64 = 0
    /// The highest sequence end that was forwarded, each way; for TCP only.
    var endUp: UInt32 = 0
    var endDown: UInt32 = 0
    var knowsEndUp = false
    var knowsEndDown = false
    var finUp = false
    var finDown = false
    /// Volume grew since the last record.
    var isDirty = false
    /// The audit knows that it ended.
    var isEndReported = false
    /// The slot holds a flow.
    var isUsed = true

    // Links inside the table, -1 for none
    var nextInChain: Int32 = -1
    var previousInBucket: Int32 = -1
    var nextInBucket: Int32 = -1
    var bucket: Int32 = -1
    var previousOfPerson: Int32 = -1
    var nextOfPerson: Int32 = -1

    init(
        key: FlowKey, id: UInt64, person: Int32, agentPeer: Int32, revision: UInt64, source: Endpoint, at now: Moment
    ) {
        self.key = key
        self.id = id
        self.person = person
        self.agentPeer = agentPeer
        self.revision = revision
        self.source = source
        first = now
        last = now
    }

    /// Notes a forwarded segment: sequence ends, and what it does to the state.
    ///
    /// What the other side acknowledges was received by it, so an acknowledgement stands in where no segment was seen yet.
    mutating func note(_ segment: TCPView, isUp: Bool) {
        let flags = segment.flags
        if isUp {
            Self.raise(&endUp, known: &knowsEndUp, to: segment.sequenceEnd)
            if flags.contains(.ack), !knowsEndDown {
                Self.raise(&endDown, known: &knowsEndDown, to: segment.acknowledgement)
            }
            if flags.contains(.fin) { finUp = true }
        } else {
            Self.raise(&endDown, known: &knowsEndDown, to: segment.sequenceEnd)
            if flags.contains(.ack), !knowsEndUp {
                Self.raise(&endUp, known: &knowsEndUp, to: segment.acknowledgement)
            }
            if flags.contains(.fin) { finDown = true }
        }
        if flags.contains(.rst) || (finUp && finDown) {
            state = .ended
        } else if finUp || finDown {
            state = .closing
        } else if !isUp, state == .opening {
            state = .established
        }
    }

    /// Sequence numbers compare on a circle: higher is what lies less than half of it ahead.
    private static func raise(_ end: inout UInt32, known: inout Bool, to candidate: UInt32) {
        if !known || Int32(bitPattern: candidate &- end) > 0 { end = candidate }
        known = true
    }
}
