import Addressing
import Foundation
import LinkModel
import Testing
import Timebase

@Suite("Impaired links")
struct ImpairedLinksTests {
    let gateway = IPv4Address(203, 0, 113, 1)
    let laptop = IPv4Address(198, 51, 100, 7)
    let agent = IPv4Address(198, 18, 0, 1)

    func links(_ fault: LinkFault, seed: UInt64 = 1) -> ImpairedLinks {
        var links = ImpairedLinks(seed: seed)
        links.inject(fault, id: "f", on: [LinkSelector(from: laptop, to: gateway)])
        return links
    }

    /// The fates of datagrams sent one after the other.
    func fates(_ links: inout ImpairedLinks, count: Int, every: Span = .milliseconds(1), bytes: Int = 1000)
        -> [LinkFate]
    {
        var now = Moment(nanoseconds: 1_000_000_000)
        return (0..<count).map { _ in
            now = now + every
            return links.send(byteCount: bytes, from: laptop, to: gateway, at: now)
        }
    }

    @Test("Without a fault everything departs at once")
    func clear() {
        var links = ImpairedLinks(seed: 9)
        let now = Moment(nanoseconds: 5)
        #expect(links.isClear)
        #expect(links.send(byteCount: 100, from: laptop, to: gateway, at: now) == .departs(now, copy: nil))
    }

    @Test("Loss and duplication come as often as asked", arguments: [0.01, 0.1, 0.5])
    func rates(probability: Double) {
        var links = links(LinkFault(loss: probability, duplicate: probability))
        let fates = fates(&links, count: 20_000)
        let lost = Double(fates.count { $0 == .lost(.chance) })
        let kept = Double(fates.count) - lost
        let copied = Double(fates.count { $0.departures.count == 2 })
        let margin = 4 * (20_000 * probability * (1 - probability)).squareRoot()
        #expect(abs(lost - 20_000 * probability) < margin)
        #expect(abs(copied - kept * probability) < margin)
    }

    @Test("The same seed gives the same fates, another seed others")
    func determinism() {
        let fault = LinkFault(
            loss: 0.3, delay: .milliseconds(10), jitter: .milliseconds(5), duplicate: 0.2, reorder: 0.2)
        var one = links(fault, seed: 7)
        var same = links(fault, seed: 7)
        var other = links(fault, seed: 8)
        let first = fates(&one, count: 500)
        #expect(first == fates(&same, count: 500))
        #expect(first != fates(&other, count: 500))
    }

    @Test("Traffic of one direction does not change the fates of another")
    func independence() {
        let fault = LinkFault(loss: 0.4)
        var quiet = ImpairedLinks(seed: 3)
        quiet.inject(fault, id: "all", on: [LinkSelector()])
        var busy = quiet
        let now = Moment(nanoseconds: 1)
        var fatesOfQuiet: [LinkFate] = []
        var fatesOfBusy: [LinkFate] = []
        for _ in 0..<200 {
            fatesOfQuiet.append(quiet.send(byteCount: 1, from: laptop, to: gateway, at: now))
            _ = busy.send(byteCount: 1, from: agent, to: gateway, at: now)
            _ = busy.send(byteCount: 1, from: gateway, to: laptop, at: now)
            fatesOfBusy.append(busy.send(byteCount: 1, from: laptop, to: gateway, at: now))
        }
        #expect(fatesOfQuiet == fatesOfBusy)
    }

    @Test("Jitter stays in its bounds and keeps the order")
    func jitter() {
        var links = links(LinkFault(delay: .milliseconds(50), jitter: .milliseconds(20)))
        var now = Moment(nanoseconds: 0)
        var last = now
        var spread: Set<UInt64> = []
        for _ in 0..<2000 {
            now = now + .milliseconds(100)
            let departure = links.send(byteCount: 10, from: laptop, to: gateway, at: now).departures[0]
            let waited = departure.since(now)
            #expect(waited >= .milliseconds(30) && waited <= .milliseconds(70))
            #expect(departure >= last)
            last = departure
            spread.insert(waited.nanoseconds / 1_000_000)
        }
        #expect(spread.count > 30)
    }

    @Test("Held datagrams are overtaken, the others keep their order")
    func reorder() {
        var links = links(LinkFault(reorder: 0.25, reorderHold: .milliseconds(5)))
        let moments = fates(&links, count: 4000).map { $0.departures[0] }
        let overtaken = zip(moments, moments.dropFirst()).count { $0 > $1 }
        #expect(overtaken > 400 && overtaken < 1200)
    }

    @Test("A rate spaces datagrams out and its queue is bounded")
    func rate() {
        var links = links(LinkFault(rateBitsPerSecond: 8_000_000, rateQueueBytes: 10_000))
        let now = Moment(nanoseconds: 0)
        var departures: [Moment] = []
        var overflow = 0
        for _ in 0..<30 {
            switch links.send(byteCount: 1000, from: laptop, to: gateway, at: now) {
            case .departs(let moment, _): departures.append(moment)
            case .lost(let cause):
                #expect(cause == .queueFull)
                overflow += 1
            }
        }
        #expect(departures.count == 11 && overflow == 19)
        for (one, next) in zip(departures, departures.dropFirst()) { #expect(next.since(one) == .milliseconds(1)) }
    }

    @Test("Faults merge, and healing one leaves the others")
    func merge() {
        var links = ImpairedLinks(seed: 1)
        links.inject(LinkFault(delay: .milliseconds(10)), id: "slow", on: LinkSelector.uplink(of: laptop))
        links.inject(LinkFault(delay: .milliseconds(5)), id: "slower", on: [LinkSelector(to: gateway)])
        links.inject(LinkFault(isPartitioned: true), id: "cut", on: [LinkSelector(from: laptop)])
        let now = Moment(nanoseconds: 0)
        func send(_ from: IPv4Address, _ to: IPv4Address) -> LinkFate {
            links.send(byteCount: 1, from: from, to: to, at: now)
        }
        #expect(send(laptop, gateway) == .lost(.partition))
        #expect(send(gateway, laptop) == .departs(now + .milliseconds(10), copy: nil))
        #expect(send(agent, gateway) == .departs(now + .milliseconds(5), copy: nil))
        #expect(links.heal("cut") == true)
        #expect(links.heal("cut") == false)
        #expect(send(laptop, gateway) == .departs(now + .milliseconds(15), copy: nil))
        links.inject(LinkFault(delay: .milliseconds(1)), id: "slow", on: LinkSelector.uplink(of: laptop))
        #expect(links.faultIDs == ["slow", "slower"])
        links.healAll()
        #expect(send(gateway, laptop) == .departs(now, copy: nil))
    }

    @Test("Two faults are two links in line: chances are independent, delays add up, the narrower counts")
    func twoInLine() {
        let (short, long) = (BurstLoss(loss: 0.1, lengthDatagrams: 2), BurstLoss(loss: 0.2, lengthDatagrams: 9))
        let one = LinkFault(
            loss: 0.5, delay: .milliseconds(10), jitter: .milliseconds(1), duplicate: 0.5, reorder: 0.5,
            reorderHold: .milliseconds(5), rateBitsPerSecond: 10, rateQueueBytes: 1000, bursts: [short])
        let other = LinkFault(
            loss: 0.5, delay: .milliseconds(20), jitter: .milliseconds(2), duplicate: 0.25, reorder: 0.75,
            reorderHold: .milliseconds(7), rateBitsPerSecond: 5, rateQueueBytes: 500, isPartitioned: true,
            bursts: [long])
        var both = LinkFault(
            loss: 0.75, delay: .milliseconds(30), jitter: .milliseconds(3), duplicate: 0.625, reorder: 0.875,
            reorderHold: .milliseconds(7), rateBitsPerSecond: 5, rateQueueBytes: 500, isPartitioned: true,
            bursts: [short, long])
        #expect(one.merged(with: other) == both)
        both.bursts = [long, short]
        #expect(other.merged(with: one) == both)
        #expect(one.merged(with: LinkFault(rateQueueBytes: .max)).rateBitsPerSecond == 10)
        #expect(LinkFault().merged(with: one).rateBitsPerSecond == 10)
    }

    @Test("A copy leaves with its original, behind what was sent before")
    func copies() {
        var links = links(LinkFault(delay: .milliseconds(4), duplicate: 1))
        let now = Moment(nanoseconds: 50)
        let fate = links.send(byteCount: 10, from: laptop, to: gateway, at: now)
        #expect(fate == .departs(now + .milliseconds(4), copy: now + .milliseconds(4)))
        #expect(fate.departures == [now + .milliseconds(4), now + .milliseconds(4)])
    }

    @Test("A fault survives JSON; a probability above 1 is refused")
    func coding() throws {
        let fault = LinkFault(
            loss: 0.25, delay: .milliseconds(3), rateBitsPerSecond: 7, bursts: [BurstLoss(enter: 0.5, leave: 0.125)])
        let data = try JSONEncoder().encode(fault)
        #expect(try JSONDecoder().decode(LinkFault.self, from: data) == fault)
        for wrong in ["0.25", "0.125"] {
            let text = String(decoding: data, as: UTF8.self).replacing(wrong, with: "1.25")
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(LinkFault.self, from: Data(text.utf8)) }
        }
    }

    @Test("Bursts lose as much as asked, in runs as long as asked", arguments: [(0.02, 4.0), (0.1, 10.0), (0.3, 2.0)])
    func bursts(loss: Double, length: Double) {
        let burst = BurstLoss(loss: loss, lengthDatagrams: length)
        #expect(abs(burst.averageLoss - loss) < 1e-12)
        var links = links(LinkFault(bursts: [burst]), seed: 11)
        let isLost = fates(&links, count: 200_000).map { $0 == .lost(.burst) }
        let lost = Double(isLost.count { $0 })
        let runs = Double(zip([false] + isLost, isLost).count { !$0 && $1 })
        // A run's length has a deviation of about itself, so the share's is that many times a coin's.
        let margin = 5 * (200_000 * loss * (1 - loss) * 2 * length).squareRoot()
        #expect(abs(lost - 200_000 * loss) < margin)
        #expect(abs(lost / runs - length) < 5 * length / runs.squareRoot())
    }

    @Test("A burst loses what its own share says, and changes no other fate of the same seed")
    func burstsBesideOthers() {
        let plain = LinkFault(loss: 0.2, delay: .milliseconds(3), duplicate: 0.1)
        var burst = plain
        burst.bursts = [BurstLoss(enter: 0.05, leave: 0.2, lossInside: 0.5, lossBetween: 0.01)]
        var one = links(plain, seed: 5)
        var other = links(burst, seed: 5)
        var differences = 0
        for (without, with) in zip(fates(&one, count: 5000), fates(&other, count: 5000)) where without != with {
            differences += 1
            #expect(with == .lost(.burst))
        }
        let expected = 5000 * 0.8 * burst.bursts[0].averageLoss
        #expect(abs(Double(differences) - expected) < expected / 2)
    }

    @Test("One way only, and between two ends only")
    func ways() {
        var links = ImpairedLinks(seed: 1)
        links.inject(LinkFault(isPartitioned: true), id: "one", on: [LinkSelector(from: laptop, to: gateway)])
        let now = Moment(nanoseconds: 0)
        func passes(_ from: IPv4Address, _ to: IPv4Address) -> Bool {
            links.send(byteCount: 1, from: from, to: to, at: now) == .departs(now, copy: nil)
        }
        #expect(!passes(laptop, gateway) && passes(gateway, laptop) && passes(agent, gateway))
        links.inject(LinkFault(isPartitioned: true), id: "one", on: LinkSelector.between(gateway, agent))
        #expect(passes(laptop, gateway) && !passes(gateway, agent) && !passes(agent, gateway))
    }
}
