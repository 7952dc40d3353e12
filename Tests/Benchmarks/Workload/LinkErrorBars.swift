import Addressing
import LinkModel
import Timebase

/// How far the link model is from what it was asked, over many seeds: the mean and two standard deviations.
enum LinkErrorBars {
    private static let seeds: UInt64 = 20
    private static let datagrams = 20_000
    private static let interval = Span.milliseconds(1)

    static func text() -> String {
        [
            line("loss, %", 2, each(LinkFault(loss: 0.02)) { fate, _ in fate.departures.isEmpty ? 100 : 0 }),
            line(
                "loss in bursts of 5, %", 2,
                each(LinkFault(bursts: [BurstLoss(loss: 0.02, lengthDatagrams: 5)])) { fate, _ in
                    fate.departures.isEmpty ? 100 : 0
                }),
            line(
                "duplicated, %", 5, each(LinkFault(duplicate: 0.05)) { fate, _ in fate.departures.count == 2 ? 100 : 0 }
            ),
            line("reordered, %", 10, each(LinkFault(reorder: 0.1)) { fate, now in wait(fate, now) > 0 ? 100 : 0 }),
            line("delay, ms", 50, each(LinkFault(delay: .milliseconds(50))) { wait($0, $1) }),
            line(
                "delay with 20 ms of jitter, ms", 50,
                each(LinkFault(delay: .milliseconds(50), jitter: .milliseconds(20)), every: .milliseconds(100)) {
                    wait($0, $1)
                }),
            line("rate, Mbit/s", 8, rates()),
        ].joined(separator: "\n")
    }

    /// The mean of something over the fates of many datagrams, for each seed.
    private static func each(
        _ fault: LinkFault, every interval: Span = interval, _ value: (LinkFate, Moment) -> Double
    ) -> [Double] {
        (0..<seeds).map { seed in
            var total = 0.0
            run(fault, seed: seed, every: interval) { total += value($0, $1) }
            return total / Double(datagrams)
        }
    }

    private static func run(_ fault: LinkFault, seed: UInt64, every interval: Span, _ take: (LinkFate, Moment) -> Void)
    {
        let (one, other) = (IPv4Address(198, 18, 0, 1), IPv4Address(203, 0, 113, 1))
        var links = ImpairedLinks(seed: seed)
        links.inject(fault, id: "f", on: [LinkSelector(from: one, to: other)])
        var now = Moment(nanoseconds: 0)
        for _ in 0..<datagrams {
            now = now + interval
            take(links.send(byteCount: 1000, from: one, to: other, at: now), now)
        }
    }

    /// Twice as much is sent as the link carries.
    private static func rates() -> [Double] {
        (0..<seeds).map { seed in
            var carried = 0
            var last = Moment(nanoseconds: 0)
            run(LinkFault(rateBitsPerSecond: 8_000_000), seed: seed, every: Span(nanoseconds: 500_000)) { fate, _ in
                guard let departure = fate.departures.first else { return }
                carried += 1000
                last = departure
            }
            return Double(carried) * 8 / last.since(Moment(nanoseconds: 0)).seconds / 1e6
        }
    }

    private static func wait(_ fate: LinkFate, _ now: Moment) -> Double {
        (fate.departures.first?.since(now).seconds ?? 0) * 1000
    }

    private static func line(_ name: String, _ wanted: Double, _ values: [Double]) -> String {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        func short(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
        return "link model, \(name): asked \(wanted), got \(short(mean)) +- \(short(2 * variance.squareRoot()))"
    }
}
