import AccessModel
import Addressing
import Testing
import Timebase

@testable import TunnelRouting

@Suite("What the gateway remembers of its decisions")
struct PacketLogTests {
    private func decision(
        _ sequence: UInt64, at milliseconds: UInt64, to last: UInt8 = 20, up: Bool = true,
        verdict: Verdict = .forwarded,
        revision: UInt64 = 1
    ) -> Decision {
        let device = IPv4Address(192, 168, 1, last)
        let laptop = IPv4Address(100, 64, 0, 5)
        return Decision(
            sequence: sequence, moment: Moment(nanoseconds: milliseconds * 1_000_000), direction: up ? .up : .down,
            verdict: verdict, person: "anna", plant: "park-a", source: up ? laptop : device,
            destination: up ? device : laptop, transport: 6, sourcePort: up ? 40000 : 502,
            destinationPort: up ? 502 : 40000, byteCount: 100, revision: revision)
    }

    @Test("alike packets in a row are one record; another verdict, revision or a pause begins the next")
    func folding() {
        var log = PacketLog(limit: 10)
        for number in 1...5 { log.record(decision(UInt64(number), at: UInt64(number))) }
        log.record(decision(6, at: 6, revision: 2))
        log.record(decision(7, at: 7, verdict: .noPermission, revision: 2))
        log.record(decision(8, at: 500))
        let records = log.records(.init(), atMost: 10)
        #expect(records.map(\.decision.sequence) == [1, 6, 7, 8])
        #expect(
            records[0].count == 5 && records[0].byteCount == 500 && records[0].last == Moment(nanoseconds: 5_000_000))
    }

    @Test("it answers for a moment in the past, by person, address and port, whichever way the packet went")
    func queries() {
        var log = PacketLog(limit: 10)
        log.record(decision(1, at: 100))
        log.record(decision(2, at: 200, up: false))
        log.record(decision(3, at: 300, to: 30))
        log.record(decision(4, at: 400, verdict: .noPermission, revision: 2))
        let service = PacketLog.Query(person: "anna", address: IPv4Address(192, 168, 1, 20), port: 502)
        #expect(log.records(service, atMost: 10).map(\.decision.sequence) == [1, 2, 4])
        var past = service
        past.until = Moment(nanoseconds: 250_000_000)
        #expect(log.records(past, atMost: 10).map(\.decision.sequence) == [1, 2])
        var late = service
        late.since = Moment(nanoseconds: 150_000_000)
        #expect(log.records(late, atMost: 10).map(\.decision.sequence) == [2, 4])
        #expect(log.records(.init(person: "ben"), atMost: 10).isEmpty)
        #expect(log.records(.init(port: 80), atMost: 10).isEmpty)
        #expect(log.records(.init(), atMost: 2).map(\.decision.sequence) == [3, 4])
    }

    @Test("a decision that was told late hides none that happened after it")
    func late() {
        var log = PacketLog(limit: 10)
        log.record(decision(1, at: 100))
        log.record(decision(3, at: 300))
        log.record(decision(2, at: 150, up: false))
        let since = PacketLog.Query(since: Moment(nanoseconds: 200_000_000))
        #expect(log.records(since, atMost: 10).map(\.decision.sequence) == [3])
        #expect(log.records(.init(), atMost: 10).map(\.decision.sequence) == [1, 2, 3])
        #expect(log.records(.init(), atMost: 2).map(\.decision.sequence) == [2, 3])
    }

    @Test("the oldest go when there is no room, and how many is known")
    func bound() {
        var log = PacketLog(limit: 4)
        for number in 1...1000 { log.record(decision(UInt64(number), at: UInt64(number) * 100)) }
        #expect(log.records(.init(), atMost: 100).map(\.decision.sequence) == [997, 998, 999, 1000])
        #expect(log.forgotten == 996)
        // A record that was overwritten is not counted up any more.
        log.record(decision(1001, at: 100_010))
        #expect(log.records(.init(), atMost: 100).last?.count == 2)
    }
}
