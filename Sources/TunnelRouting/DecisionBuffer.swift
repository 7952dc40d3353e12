import Timebase

/// Decisions that nobody took yet, at most `limit` of them.
///
/// The first packet of a kind is told at once. Those that follow it, alike in all but length, are counted and told together, the oldest
/// no later than `holdingTime` after it: a bulk transfer of a person who is watched costs four decisions a second and not a hundred
/// thousand.
struct DecisionBuffer {
    static let holdingTime = Span.milliseconds(250)
    private static let kindCount = 256

    /// What decisions that are told together have in common.
    struct Kind: Equatable {
        var direction: Decision.Direction
        var verdict: Verdict
        var person: Int32
        var plant: Int32
        var source: UInt32
        var destination: UInt32
        var transport: UInt8
        var sourcePort: UInt16
        var destinationPort: UInt16
        var revision: UInt64

        fileprivate var place: Int {
            var hash = UInt64(source) << 32 | UInt64(destination)
            hash ^= (UInt64(sourcePort) << 48 | UInt64(destinationPort) << 32 | UInt64(transport) << 8) &+ revision
            hash ^= UInt64(verdict.rawValue) << 1 | (direction == .up ? 1 : 0)
            hash = (hash ^ hash >> 29) &* 0x9FB2_1C65_1E98_DF25
            return Int(hash >> 56)
        }
    }

    /// The latest kind that fell into a place of the table.
    private struct Known {
        var kind: Kind
        /// Where among those ready its last decision stands; counts only while nobody has taken them.
        var ready: Int
        var turn: UInt64
        /// Until when packets that follow are held.
        var heldUntil: Moment
        var held: Decision?
    }

    private(set) var decisions: [Decision] = []
    private(set) var lost: UInt64 = 0
    private var known: [Known?] = []
    private var heldCount = 0
    private var sequence: UInt64 = 0
    /// Grows when the ready ones are taken.
    private var turn: UInt64 = 0
    /// No held decision is due before this.
    private(set) var nextDue: Moment?
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Notes a packet; a decision is made of it only when none of its kind stands ready or is held.
    mutating func note(_ kind: Kind, byteCount: Int, at now: Moment, _ make: () -> Decision) {
        guard !known.isEmpty else { return }
        let place = kind.place
        guard var entry = known[place], entry.kind == kind else {
            tell(heldAt: place)
            known[place] = Known(
                kind: kind, ready: decisions.count, turn: turn, heldUntil: now + Self.holdingTime, held: nil)
            append(make())
            return
        }
        if entry.turn == turn, decisions.indices.contains(entry.ready) {
            decisions[entry.ready].packetCount += 1
            decisions[entry.ready].byteCount += byteCount
            return
        }
        if entry.held != nil {
            known[place]?.held?.packetCount += 1
            known[place]?.held?.byteCount += byteCount
            return
        }
        if now >= entry.heldUntil {
            entry.ready = decisions.count
            entry.turn = turn
            entry.heldUntil = now + Self.holdingTime
            append(make())
        } else {
            entry.held = make()
            heldCount += 1
            nextDue = nextDue.map { min($0, entry.heldUntil) } ?? entry.heldUntil
        }
        known[place] = entry
    }

    /// Makes those held ready whose time has come; all of them when there is no `now`.
    mutating func tellHeld(at now: Moment?) {
        guard heldCount > 0 else {
            // The last one was told when another kind took its place.
            nextDue = nil
            return
        }
        if let now, let nextDue, nextDue > now { return }
        nextDue = nil
        for place in known.indices {
            guard let entry = known[place], entry.held != nil else { continue }
            if let now, entry.heldUntil > now {
                nextDue = nextDue.map { min($0, entry.heldUntil) } ?? entry.heldUntil
            } else {
                tell(heldAt: place)
                known[place]?.heldUntil = (now ?? entry.heldUntil) + Self.holdingTime
            }
        }
    }

    private mutating func tell(heldAt place: Int) {
        guard let held = known[place]?.held else { return }
        known[place]?.held = nil
        heldCount -= 1
        append(held)
    }

    private mutating func append(_ decision: Decision) {
        sequence += 1
        guard decisions.count < limit else {
            lost += 1
            return
        }
        decisions.append(decision)
        decisions[decisions.count - 1].sequence = sequence
    }

    mutating func reserve() {
        known = [Known?](repeating: nil, count: Self.kindCount)
    }

    /// Hands out what is ready.
    mutating func take() -> [Decision] {
        turn += 1
        var taken: [Decision] = []
        swap(&taken, &decisions)
        return taken
    }

    /// Nobody watches any more.
    mutating func removeAll() {
        decisions = []
        known = []
        heldCount = 0
        nextDue = nil
    }
}
