import Addressing
import Timebase

/// All flows: found by key, by person and by idle time, in memory that grows with their number and is then re-used.
///
/// Hash chains, the timer wheel and each person's list are links inside the flows, so opening, touching and closing one allocates nothing.
struct FlowTable {
    private(set) var flows: [Flow] = []
    private var free: [Int32] = []
    /// Heads of hash chains; a power of two of them.
    private var heads: [Int32]
    /// Heads of the wheel's buckets: flows to look at in that tick.
    private var wheel: [Int32]
    private var tick: UInt64 = 0
    private let seed: UInt64
    private var nextID: UInt64 = 1
    private(set) var count = 0
    let limit: Int

    /// A tick is 2^30 ns, about a second.
    static let tickShift: UInt64 = 30
    private static let bucketCount = 1024

    init(limit: Int, seed: UInt64) {
        self.limit = limit
        self.seed = seed
        heads = Array(repeating: -1, count: 1024)
        wheel = Array(repeating: -1, count: Self.bucketCount)
    }

    var isFull: Bool { count >= limit }

    subscript(index: Int32) -> Flow {
        get { flows[Int(index)] }
        _modify { yield &flows[Int(index)] }
    }

    /// A number for a record, unique in this table.
    mutating func takeID() -> UInt64 {
        defer { nextID += 1 }
        return nextID
    }

    func find(_ key: FlowKey) -> Int32? {
        var index = heads[chain(of: key)]
        while index >= 0 {
            if flows[Int(index)].key == key { return index }
            index = flows[Int(index)].nextInChain
        }
        return nil
    }

    // MARK: Opening and removing

    /// - Precondition: the table is not full, and holds no flow of that key.
    mutating func insert(_ flow: Flow, deadline: Moment) -> Int32 {
        if count >= heads.count { growHeads() }
        let index: Int32
        if let reused = free.popLast() {
            index = reused
            flows[Int(index)] = flow
        } else {
            index = Int32(flows.count)
            flows.append(flow)
        }
        count += 1
        let chain = chain(of: flow.key)
        flows[Int(index)].nextInChain = heads[chain]
        heads[chain] = index
        arm(index, deadline: deadline)
        return index
    }

    /// Forgets a flow; the caller has taken it out of its person's list.
    mutating func remove(_ index: Int32) {
        disarm(index)
        let chain = chain(of: flows[Int(index)].key)
        if heads[chain] == index {
            heads[chain] = flows[Int(index)].nextInChain
        } else {
            var previous = heads[chain]
            while flows[Int(previous)].nextInChain != index { previous = flows[Int(previous)].nextInChain }
            flows[Int(previous)].nextInChain = flows[Int(index)].nextInChain
        }
        flows[Int(index)].isUsed = false
        flows[Int(index)].isDirty = false
        free.append(index)
        count -= 1
    }

    // MARK: Lists of persons

    mutating func link(_ index: Int32, toPerson head: inout Int32) {
        flows[Int(index)].previousOfPerson = -1
        flows[Int(index)].nextOfPerson = head
        if head >= 0 { flows[Int(head)].previousOfPerson = index }
        head = index
    }

    mutating func unlink(_ index: Int32, fromPerson head: inout Int32) {
        let (previous, next) = (flows[Int(index)].previousOfPerson, flows[Int(index)].nextOfPerson)
        if previous >= 0 { flows[Int(previous)].nextOfPerson = next } else { head = next }
        if next >= 0 { flows[Int(next)].previousOfPerson = previous }
        flows[Int(index)].previousOfPerson = -1
        flows[Int(index)].nextOfPerson = -1
    }

    // MARK: Idle time

    /// Puts a flow where the wheel looks at it at its deadline, or as late before it as the wheel reaches.
    mutating func arm(_ index: Int32, deadline: Moment) {
        disarm(index)
        let due = (deadline.nanoseconds >> Self.tickShift) + 1
        let reached = min(max(due, tick + 1), tick + UInt64(Self.bucketCount) - 1)
        let bucket = Int(reached % UInt64(Self.bucketCount))
        let head = wheel[bucket]
        flows[Int(index)].bucket = Int32(bucket)
        flows[Int(index)].previousInBucket = -1
        flows[Int(index)].nextInBucket = head
        if head >= 0 { flows[Int(head)].previousInBucket = index }
        wheel[bucket] = index
    }

    private mutating func disarm(_ index: Int32) {
        let flow = flows[Int(index)]
        guard flow.bucket >= 0 else { return }
        if flow.previousInBucket >= 0 {
            flows[Int(flow.previousInBucket)].nextInBucket = flow.nextInBucket
        } else {
            wheel[Int(flow.bucket)] = flow.nextInBucket
        }
        if flow.nextInBucket >= 0 { flows[Int(flow.nextInBucket)].previousInBucket = flow.previousInBucket }
        flows[Int(index)].bucket = -1
    }

    /// Turns the wheel; the flows of the buckets passed leave it and are handed back, to be armed again or removed.
    mutating func turn(to now: Moment) -> [Int32] {
        let target = now.nanoseconds >> Self.tickShift
        guard target > tick else { return [] }
        var due: [Int32] = []
        let steps = min(target - tick, UInt64(Self.bucketCount))
        for step in 1...steps {
            let bucket = Int((tick + step) % UInt64(Self.bucketCount))
            while wheel[bucket] >= 0 {
                let index = wheel[bucket]
                disarm(index)
                due.append(index)
            }
        }
        tick = target
        return due
    }

    // MARK: Chains

    private func chain(of key: FlowKey) -> Int { Int(key.mixed(seed) & UInt64(heads.count - 1)) }

    private mutating func growHeads() {
        heads = Array(repeating: -1, count: heads.count * 2)
        for index in flows.indices where flows[index].isUsed {
            let chain = chain(of: flows[index].key)
            flows[index].nextInChain = heads[chain]
            heads[chain] = Int32(index)
        }
    }
}
