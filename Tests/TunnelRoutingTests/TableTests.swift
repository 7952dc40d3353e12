import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

@Suite("Tables against their slow twins")
struct TableTests {
    @Test("Route table and linear search agree on random disjoint ranges", arguments: 0..<20)
    func routeTable(seed: Int) {
        var random = Dice(seed: UInt64(seed))
        var routes: [RouteEntry] = []
        var next: UInt32 = random.below(1000)
        let plants: [PlantID] = ["a", "b", "c"]
        for _ in 0..<random.below(200) {
            let lower = next + random.below(50)
            let upper = lower + random.below(300)
            let plant = random.below(4)
            routes.append(
                RouteEntry(
                    range: AddressRange(IPv4Address(number: lower), IPv4Address(number: upper)),
                    plant: plant < 3 ? plants[Int(plant)] : nil, isReachable: random.below(2) == 0))
            next = upper + 1 + (random.below(3) == 0 ? 0 : random.below(100))
        }
        let table = RouteTable(routes) { PlantSlot(index: Int32(plants.firstIndex(of: $0) ?? -1)) }
        for _ in 0..<2000 {
            let address = IPv4Address(number: random.below(next + 500))
            let twin = routes.first { $0.range.contains(address) }
            let found = table.lookup(address)
            #expect((found == nil) == (twin == nil))
            #expect(found?.isReachable == twin?.isReachable)
            #expect(found?.plant.map { plants[Int($0.index)] } == twin?.plant)
        }
        #expect(RouteTable.empty.lookup(IPv4Address(number: 5)) == nil)
    }

    @Test("The ends of the address space are addresses like others")
    func ends() {
        let all = AddressRange(IPv4Address(number: 0), IPv4Address(number: .max))
        let table = RouteTable([RouteEntry(range: all, plant: "a", isReachable: true)]) { _ in PlantSlot(index: 0) }
        #expect(table.lookup(IPv4Address(number: 0)) != nil && table.lookup(IPv4Address(number: .max)) != nil)
    }

    @Test("A set of prefixes contains what one of its prefixes does", arguments: 0..<20)
    func addressSet(seed: Int) {
        var random = Dice(seed: UInt64(seed))
        let prefixes = (0..<random.below(30)).map { _ in
            Prefix(around: IPv4Address(number: random.below(1 << 16) << 8), length: Int(16 + random.below(17)))
        }
        let set = AddressSet(prefixes)
        for _ in 0..<1000 {
            let address = IPv4Address(number: random.below(1 << 24))
            #expect(set.contains(address) == prefixes.contains { $0.contains(address) })
        }
    }

    @Test("The flow table and a dictionary agree over random openings, removals and time", arguments: 0..<10)
    func flowTable(seed: Int) {
        var random = Dice(seed: UInt64(seed))
        var table = FlowTable(limit: 5000, seed: 42)
        var twin: [FlowKey: (id: UInt64, deadline: Moment)] = [:]
        var person: Int32 = -1
        var members: Set<UInt64> = []
        var now = Moment(nanoseconds: UInt64(random.below(1 << 31)) << 12)
        _ = table.turn(to: now)
        func key() -> FlowKey {
            FlowKey(
                user: 1, device: random.below(20), userPort: UInt16(random.below(60)), devicePort: 1,
                plant: Int32(random.below(2)), transport: 6)
        }
        for _ in 0..<6000 {
            let key = key()
            switch random.below(10) {
            case 0..<5:
                guard table.find(key) == nil else { break }
                let flow = Flow(
                    key: key, id: table.takeID(), person: 0, agentPeer: 0, revision: 0,
                    source: Rig.wan, at: now)
                let deadline = now + .milliseconds(UInt64(random.below(3_000_000)))
                let index = table.insert(flow, deadline: deadline)
                table.link(index, toPerson: &person)
                twin[key] = (flow.id, deadline)
                members.insert(flow.id)
            case 5..<7:
                guard let index = table.find(key) else { break }
                table.unlink(index, fromPerson: &person)
                table.remove(index)
                members.remove(twin.removeValue(forKey: key)?.id ?? 0)
            case 7:
                now = now + .milliseconds(UInt64(random.below(random.below(20) == 0 ? 3_000_000 : 3000)))
                for index in table.turn(to: now) {
                    guard let entry = twin[table[index].key] else {
                        Issue.record("the wheel showed a flow that is gone")
                        continue
                    }
                    if entry.deadline > now {
                        table.arm(index, deadline: entry.deadline)
                        continue
                    }
                    members.remove(entry.id)
                    twin[table[index].key] = nil
                    table.unlink(index, fromPerson: &person)
                    table.remove(index)
                }
                // The wheel turns in ticks: nothing stays longer than two of them past its deadline.
                #expect(twin.values.allSatisfy { $0.deadline + .milliseconds(2200) > now })
            default:
                #expect(table.find(key).map { table[$0].id } == twin[key]?.id)
            }
            #expect(table.count == twin.count)
        }
        var listed: Set<UInt64> = []
        var next = person
        while next >= 0 {
            listed.insert(table[next].id)
            next = table[next].nextOfPerson
        }
        #expect(listed == members)
    }

    @Test("The rate limit lets a burst pass and then its rate")
    func rateLimit() {
        var limit = RateLimit()
        var now = Moment(nanoseconds: 77)
        #expect((0..<20).count { _ in limit.take(at: now, perSecond: 10, burst: 5) } == 5)
        now = now + .milliseconds(250)
        #expect((0..<20).count { _ in limit.take(at: now, perSecond: 10, burst: 5) } == 2)
        now = now + .seconds(100)
        #expect((0..<20).count { _ in limit.take(at: now, perSecond: 10, burst: 5) } == 5)
    }
}

/// A repeatable die for tests.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x1234_5678 }

    /// A number from 0 to below the limit, which is at least 1.
    mutating func below(_ limit: UInt32) -> UInt32 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt32((state >> 33) % UInt64(max(limit, 1)))
    }
}
