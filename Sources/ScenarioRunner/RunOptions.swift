/// What the command line says about a run; reading the arguments is somebody else's.
package struct RunOptions: Hashable, Sendable {
    /// Files, each with an optional line behind a colon.
    package var paths: [String] = []
    /// Any of them; empty: all.
    package var tags: [String] = []
    package var notTags: [String] = []
    /// A part of an instance's name or of a scenario's title.
    package var filter: String?
    /// How many labs at a time.
    package var jobs = 4
    package var seed = Seed(0)
    package var repeatCount = 1
    /// Repeats until something does not pass; `repeatCount` above one bounds it.
    package var untilFail = false
    /// How often a scenario that did not pass is tried again.
    package var retryCount = 0
    package var flakyPolicy = FlakyPolicy.pass
    package var shard: Shard?
    package var failFast = false
    package var allowEmpty = false
    package var timeFactor = 1.0
    /// In place of every scenario's own.
    package var timeout: Duration?
    /// Whether `CI=true`.
    package var isCI = false
    package var keeps = KeepLab.never
    package var breakAt: PathArgument?

    package init() {}
}

/// What a pass that took a second attempt is worth.
package enum FlakyPolicy: String, Hashable, Sendable, CaseIterable {
    case pass, fail
}

/// One of several parts of a suite, `2/5`.
package struct Shard: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Counts from 1.
    package var number: Int
    package var count: Int

    /// The whole in one piece.
    package static let whole = Shard(number: 1, count: 1)

    private init(number: Int, count: Int) {
        self.number = number
        self.count = count
    }

    /// Reads `i/n`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), (1...1000).contains(count),
            (1...count).contains(number)
        else { return nil }
        self.init(number: number, count: count)
    }

    /// By the name of the instance alone, so that a new scenario moves no other.
    package func contains(_ name: String) -> Bool {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var mixed = SplitMix(state: hash)
        return mixed.next() % UInt64(count) == UInt64(number - 1)
    }

    package var description: String { "\(number)/\(count)" }
}

/// What drives the order and every random choice of a run; printed always, as hexadecimal.
package struct Seed: Hashable, Sendable, CustomStringConvertible {
    package var number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    /// Reads hexadecimal digits, as they are printed.
    package init?(_ text: some StringProtocol) {
        guard let number = UInt64(text, radix: 16) else { return nil }
        self.number = number
    }

    package var description: String { String(number, radix: 16) }

    /// The seed of the nth repeat; the first one's is the run's own, so that a rerun line reproduces any of them.
    func repeated(_ index: Int) -> Seed {
        guard index > 1 else { return self }
        var generator = SplitMix(state: number &+ UInt64(index))
        return Seed(generator.next() & 0xFFFF_FFFF)
    }
}

/// A small generator whose sequence is the same everywhere; for orders, never for keys.
package struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(state: UInt64) {
        self.state = state
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
