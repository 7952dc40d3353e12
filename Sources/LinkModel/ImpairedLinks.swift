package import Addressing
package import Timebase

/// All links between WAN addresses, with the faults that are on them.
///
/// Each direction draws from a stream of its own, made of the seed and the two addresses: what one link does never depends on the traffic
/// of another, and the same seed and the same sends give the same fates.
package struct ImpairedLinks: Sendable {
    private struct Direction: Hashable {
        var from: IPv4Address
        var to: IPv4Address
    }

    private struct State {
        var random: SplitMix64
        /// Bursts draw from a stream of their own, so that they change nothing but what they lose.
        var burstRandom: SplitMix64
        /// Which of the fault's bursts the link is in, by their place; it keeps them until the faults change.
        var isInBurst: [Bool] = []
        /// All faults that match, merged; `nil` when none does.
        var fault: LinkFault?
        /// `faultVersion` for which `fault` was computed.
        var version: UInt64
        /// Until when the link is busy with earlier datagrams; counts only with a rate.
        var busyUntil: Moment
        /// No datagram that keeps its order leaves before this.
        var lastDeparture: Moment
    }

    private struct Injected {
        var id: String
        var selectors: [LinkSelector]
        var fault: LinkFault
    }

    private let seed: UInt64
    /// In order of injection; merging is commutative, so the order shows nowhere.
    private var injected: [Injected] = []
    private var states: [Direction: State] = [:]
    private var faultVersion: UInt64 = 0

    package init(seed: UInt64) { self.seed = seed }

    /// True while there is no fault at all: every datagram then departs at once.
    package var isClear: Bool { injected.isEmpty }

    /// The ids of the faults that are on, in order of injection.
    package var faultIDs: [String] { injected.map(\.id) }

    /// Puts a fault on links; a fault of the same id is replaced, others stay and merge with it.
    package mutating func inject(_ fault: LinkFault, id: String, on selectors: [LinkSelector]) {
        let new = Injected(id: id, selectors: selectors, fault: fault)
        if let index = injected.firstIndex(where: { $0.id == id }) {
            injected[index] = new
        } else {
            injected.append(new)
        }
        faultVersion += 1
    }

    /// Takes a fault away.
    ///
    /// - Returns: false when there was none of that id.
    @discardableResult
    package mutating func heal(_ id: String) -> Bool {
        guard let index = injected.firstIndex(where: { $0.id == id }) else { return false }
        injected.remove(at: index)
        faultVersion += 1
        return true
    }

    package mutating func healAll() {
        injected.removeAll()
        faultVersion += 1
    }

    /// The faults on one direction, merged; `nil` when there is none.
    package func fault(from: IPv4Address, to: IPv4Address) -> LinkFault? {
        injected.filter { $0.selectors.contains { $0.matches(from: from, to: to) } }
            .map(\.fault)
            .reduce(nil) { merged, fault in merged?.merged(with: fault) ?? fault }
    }

    /// Sends one datagram.
    package mutating func send(byteCount: Int, from: IPv4Address, to: IPv4Address, at now: Moment) -> LinkFate {
        guard !isClear else { return .departs(now, copy: nil) }
        let direction = Direction(from: from, to: to)
        var state = states[direction] ?? makeState(direction)
        if state.version != faultVersion {
            let fault = fault(from: from, to: to)
            if fault?.bursts != state.fault?.bursts {
                state.isInBurst = [Bool](repeating: false, count: fault?.bursts.count ?? 0)
            }
            state.fault = fault
            state.version = faultVersion
        }
        guard let fault = state.fault else { return .departs(now, copy: nil) }
        let fate = Self.fate(of: byteCount, under: fault, at: now, state: &state)
        states[direction] = state
        return fate
    }

    private func makeState(_ direction: Direction) -> State {
        let addresses = UInt64(direction.from.number) << 32 | UInt64(direction.to.number)
        let origin = Moment(nanoseconds: 0)
        let streamSeed = SplitMix64.mix(seed) ^ SplitMix64.mix(addresses &+ 1)
        return State(
            random: SplitMix64(seed: streamSeed), burstRandom: SplitMix64(seed: ~streamSeed), fault: nil, version: 0,
            busyUntil: origin, lastDeparture: origin)
    }

    /// Draws the same number of values for every datagram, so that a fault changes nothing but its own effect.
    private static func fate(
        of byteCount: Int, under fault: LinkFault, at now: Moment, state: inout State
    ) -> LinkFate {
        let isLost = state.random.nextUnit() < fault.loss
        let swing = state.random.nextUnit()
        let isCopied = state.random.nextUnit() < fault.duplicate
        let isHeld = state.random.nextUnit() < fault.reorder
        let isLostInBurst = isLostInBurst(under: fault, state: &state)
        if fault.isPartitioned { return .lost(.partition) }
        if isLost { return .lost(.chance) }
        if isLostInBurst { return .lost(.burst) }

        var departure = now
        if let rate = fault.rateBitsPerSecond {
            let start = max(now, state.busyUntil)
            let waitingBytes = Double(start.since(now).nanoseconds) * Double(rate) / 8e9
            guard waitingBytes <= Double(fault.rateQueueBytes) else { return .lost(.queueFull) }
            let nanoseconds = Double(byteCount) * 8e9 / Double(max(rate, 1))
            departure = start + Span(nanoseconds: UInt64(min(nanoseconds, 1e18)))
            state.busyUntil = departure
        }
        let delay = Double(fault.delay.nanoseconds) + (swing * 2 - 1) * Double(fault.jitter.nanoseconds)
        departure = departure + Span(nanoseconds: UInt64(min(max(delay, 0), 1e18)))
        if isHeld {
            departure = max(departure, state.lastDeparture) + fault.reorderHold
        } else {
            departure = max(departure, state.lastDeparture)
            state.lastDeparture = departure
        }
        return .departs(departure, copy: isCopied ? departure : nil)
    }

    /// Takes every burst one datagram further.
    private static func isLostInBurst(under fault: LinkFault, state: inout State) -> Bool {
        var isLost = false
        for (index, burst) in fault.bursts.enumerated() {
            let turn = state.burstRandom.nextUnit()
            if state.isInBurst[index] {
                if turn < burst.leave { state.isInBurst[index] = false }
            } else if turn < burst.enter {
                state.isInBurst[index] = true
            }
            let chance = state.isInBurst[index] ? burst.lossInside : burst.lossBetween
            if state.burstRandom.nextUnit() < chance { isLost = true }
        }
        return isLost
    }
}
