import Testing

@testable import WireGuardProtocol

/// The window, as a reference that an expectation can call.
private final class Window {
    private var window = ReplayWindow()

    func accept(_ counter: UInt64) -> Bool { window.accept(counter) }
}

/// The slow twin: remembers every counter.
private final class EveryCounter {
    private var seen: Set<UInt64> = []
    private var greatest: UInt64 = 0

    func accept(_ counter: UInt64) -> Bool {
        guard counter < Limits.rejectAfterMessages else { return false }
        guard counter > greatest || greatest - counter <= ReplayWindow.usableBits else { return false }
        greatest = max(greatest, counter)
        return seen.insert(counter).inserted
    }
}

struct ReplayWindowTests {
    static let span = ReplayWindow.usableBits
    static let end = Limits.rejectAfterMessages

    @Test("the window is as wide as the kernel's")
    func width() {
        #expect(Self.span == 8128)
        #expect(Self.end == 0xFFFF_FFFF_FFFF_DFFF)
    }

    @Test("single counters, in one sequence")
    func points() {
        let beyond = Self.span + 1
        let steps: [(UInt64, Bool)] = [
            (0, true), (1, true), (1, false), (9, true), (8, true), (7, true), (7, false), (beyond, true),
            (beyond - 1, true), (beyond - 1, false), (beyond - 2, true), (2, true), (2, false), (beyond + 16, true),
            (3, false), (beyond + 16, false), (beyond * 4, true), (beyond * 4 - Self.span, true), (10, false),
            (beyond * 4 - beyond, false), (beyond * 4 - beyond - 1, false), (beyond * 4 - Self.span + 1, true),
            (beyond * 4 + 1 - beyond, false), (0, false), (Self.end, false), (Self.end - 1, true), (Self.end, false),
            (Self.end - 1, false), (Self.end - 2, true), (Self.end + 1, false), (.max, false), (Self.end - 2, false),
            (Self.end - 3, true), (0, false),
        ]
        let window = Window()
        for (index, step) in steps.enumerated() {
            #expect(window.accept(step.0) == step.1, "step \(index): \(step.0)")
        }
    }

    @Test("a whole window backwards is taken, with and without gaps at its edges", arguments: [-3, -1, 0, 1, 3])
    func backwards(shift: Int) {
        let window = Window()
        let top = UInt64(Int(Self.span) + 1000 + shift)
        #expect(window.accept(top))
        for counter in (top - Self.span..<top).reversed() { #expect(window.accept(counter), "\(counter)") }
        #expect(!window.accept(top - Self.span - 1))
        for counter in top - Self.span...top { #expect(!window.accept(counter), "\(counter)") }
    }

    @Test("counters that come twice in order are taken once")
    func forwards() {
        let window = Window()
        for counter in 0..<Self.span * 2 {
            #expect(window.accept(counter))
            #expect(!window.accept(counter))
        }
    }

    /// Counters in the order they come, then single ones with what becomes of them: the window is 8,128 wide.
    struct Run: Sendable {
        var counters: [UInt64]
        var then: [UInt64: Bool]
    }

    static let runs = [
        Run(counters: Array(1...span), then: [0: true]),
        Run(counters: Array(2...span + 1), then: [0: false, 1: true]),
        Run(counters: (1...span + 1).reversed(), then: [0: false]),
        Run(counters: (2...span + 2).reversed(), then: [0: false]),
        Run(counters: (1...span).reversed() + [span + 1], then: [0: false]),
        Run(counters: (0...span).reversed() + [span + 1], then: [0: false]),
    ]

    @Test("long runs up and down fill the window to its edges and not beyond", arguments: runs)
    func bulk(_ run: Run) {
        let window = Window()
        for counter in run.counters { #expect(window.accept(counter), "\(counter)") }
        for (counter, isTaken) in run.then.sorted(by: { $0.key > $1.key }) {
            #expect(window.accept(counter) == isTaken, "\(counter)")
            #expect(!window.accept(counter), "\(counter) again")
        }
        for counter in run.counters { #expect(!window.accept(counter), "\(counter) again") }
    }

    @Test("random walks agree with a window that remembers everything", arguments: 0..<20)
    func twin(seed: UInt64) {
        let chance = SeededEntropy(seed: seed)
        let window = Window()
        let twin = EveryCounter()
        var base: UInt64 = seed % 2 == 0 ? 0 : Self.end - 200_000
        for step in 0..<4_000 {
            let spread: UInt64 = [8, 70, 9_000, 30_000][Int(chance.next() % 4)]
            let counter = base &+ chance.next() % spread
            if chance.next() % 8 == 0 { base &+= chance.next() % spread }
            #expect(window.accept(counter) == twin.accept(counter), "seed \(seed) step \(step) counter \(counter)")
        }
    }
}
