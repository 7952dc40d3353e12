import AccessModel
import Addressing
import ScenarioModel
import Synchronization

/// Looks at the conditions of one step in the way of its time word.
struct Evaluation: Sendable {
    let run: ScenarioRun
    let context: StepContext
    let tally: Tally

    private static let firstInterval: Duration = .milliseconds(20)
    private static let longestInterval: Duration = .milliseconds(250)
    /// Between two looks, however many changes there are: a look may itself be what changes something.
    private static let shortestGap: Duration = .milliseconds(5)
    /// Fewer finished attempts than this prove no absence.
    private static let negativeLooks = 3

    private var clock: any RunClock { run.clock }

    // MARK: expect

    func expect(_ conditions: [Condition]) async throws(StepStop) {
        let begin = clock.now
        let only = try await OnlyWatch(conditions, run: run)
        for look in await sweep(conditions, .always) {
            let sentence = Check(word: .expect, conditions: [look.condition]).sentence
            let isMet = look.judgement.verdict == .holds
            if let void = look.void(isMet: isMet) {
                throw StepStop(.broken, sentence: sentence, what: "nothing can be said: \(void)", look: look)
            }
            guard isMet else {
                throw StepStop(
                    .failed, sentence: sentence, what: "not so, seen after \(since(begin)): \(look.judgement.seen)",
                    look: look)
            }
        }
        try await only?.check(sentence: Check(word: .expect, conditions: conditions).sentence)
    }

    // MARK: eventually

    func eventually(_ conditions: [Condition], within: Duration, stableFor: Duration?) async throws(StepStop) {
        let begin = clock.now
        let stalledBefore = clock.stalled
        let word = TimeWord.eventually(within: within, stableFor: stableFor)
        let limit = within * run.settings.timeFactor
        var interval = Self.firstInterval
        var trueSince: Duration?
        let only = try await OnlyWatch(conditions, run: run)
        while true {
            let version = run.board.pulse.version
            let looks = await sweep(conditions, .always)
            let open = looks.first { $0.judgement.verdict != .holds || $0.void(isMet: true) != nil }
            let stalled = clock.stalled - stalledBefore
            let deadline = begin + limit + stalled
            try run.throwViolation(nil)
            if let open {
                let sentence = Check(word: word, conditions: [open.condition]).sentence
                // Silence contradicts nothing: a packet may have been lost, so the window begins anew.
                if let since = trueSince, !open.isSilence, open.judgement.verdict == .fails {
                    throw StepStop(
                        .failed, sentence: sentence,
                        what: "so after \(ms(since - begin)), but no more after \(self.since(begin)): "
                            + open.judgement.seen, look: open)
                }
                trueSince = nil
                if clock.now >= deadline || Task.isCancelled {
                    throw late(open, sentence, looks: tally.lookCount, limit: limit, stalled: stalled)
                }
            } else {
                let since = trueSince ?? clock.now
                trueSince = since
                if clock.now - since >= stableFor ?? .zero {
                    if stalled > .zero { tally.note("the machine stood still for \(ms(stalled))") }
                    try await only?.check(sentence: Check(word: word, conditions: conditions).sentence)
                    return
                }
            }
            let next = trueSince.map { $0 + (stableFor ?? .zero) } ?? deadline
            await rest(after: version, until: next, &interval)
        }
    }

    private func late(
        _ look: Look, _ sentence: String, looks: Int, limit: Duration, stalled: Duration
    ) -> StepStop {
        let extended = stalled > .zero ? ", extended by \(ms(stalled)) in which the machine stood still" : ""
        if let void = look.void(isMet: look.judgement.verdict == .holds) {
            return StepStop(
                .broken, sentence: sentence, what: "nothing can be said after \(looks) probes\(extended): \(void)",
                look: look)
        }
        return StepStop(
            .failed, sentence: sentence,
            what: "not so within \(limit.text)\(extended) (\(looks) probes): \(look.judgement.seen)", look: look)
    }

    // MARK: always, never

    func hold(_ word: Throughout.Word, _ conditions: [Condition], during: Duration) async throws(StepStop) {
        let begin = clock.now
        let deadline = begin + during
        var count = Count(conditions.count)
        var interval = Self.firstInterval
        let only = try await OnlyWatch(conditions, run: run)
        let timeWord = word == .always ? TimeWord.always(during: during) : .never(during: during)
        func sentence(_ conditions: [Condition]) -> String {
            Check(word: timeWord, conditions: conditions).sentence
        }
        repeat {
            let version = run.board.pulse.version
            try look(word, conditions, await sweep(conditions, word), since: begin, &count, sentence: sentence)
            try run.throwViolation(nil)
            try await only?.check(sentence: sentence(conditions), isFinal: false)
            await rest(after: version, until: deadline, &interval)
        } while clock.now < deadline && !Task.isCancelled
        try await only?.check(sentence: sentence(conditions))
        try enough(count, word, conditions, sentence: sentence)
    }

    /// Holds while some work runs: looked at before it, during it, and once more behind it.
    func hold(
        _ word: Throughout.Word, _ conditions: [Condition],
        while work: @escaping @Sendable () async throws(StepStop) -> Void
    ) async throws(StepStop) {
        let begin = clock.now
        var count = Count(conditions.count)
        let only = try await OnlyWatch(conditions, run: run)
        @Sendable func sentence(_ conditions: [Condition]) -> String {
            Throughout(word: word, conditions: conditions, steps: []).sentence
        }
        try look(word, conditions, await sweep(conditions, word), since: begin, &count, sentence: sentence)
        let first = count
        let isDone = Flag()
        let ends = await withTaskGroup(of: WatchEnd.self) { group in
            group.addTask {
                var stop: StepStop?
                do throws(StepStop) { try await work() } catch { stop = error }
                isDone.raise()
                run.board.pulse.signal()
                return .work(stop)
            }
            group.addTask {
                var count = first
                do throws(StepStop) {
                    try await watch(word, conditions, begin: begin, &count, isDone, sentence: sentence)
                    return .watch(count, nil)
                } catch {
                    return .watch(count, error)
                }
            }
            var ends: [WatchEnd] = []
            for await end in group {
                ends.append(end)
                if end.stop != nil { group.cancelAll() }
            }
            return ends
        }
        if let stop = ends.lazy.compactMap(\.stop).first { throw stop }
        for case .watch(let watched, nil) in ends { count = watched }
        try await only?.check(sentence: sentence(conditions))
        try enough(count, word, conditions, sentence: sentence)
    }

    /// Says that the work is over.
    private final class Flag: Sendable {
        private let state = Mutex(false)

        var isRaised: Bool { state.withLock { $0 } }

        func raise() { state.withLock { $0 = true } }
    }

    private enum WatchEnd: Sendable {
        case work(StepStop?)
        case watch(Count, StepStop?)

        var stop: StepStop? {
            switch self {
            case .work(let stop), .watch(_, let stop): stop
            }
        }
    }

    private func watch(
        _ word: Throughout.Word, _ conditions: [Condition], begin: Duration, _ count: inout Count, _ isDone: Flag,
        sentence: ([Condition]) -> String
    ) async throws(StepStop) {
        var interval = Self.firstInterval
        var looksBehind = 0
        // One look begins when the work is over; a few more where three must have come to an end.
        while looksBehind == 0 || (count.lowest < Self.negativeLooks && looksBehind < Self.negativeLooks) {
            guard !Task.isCancelled else { return }
            let version = run.board.pulse.version
            if isDone.isRaised { looksBehind += 1 }
            try look(word, conditions, await sweep(conditions, word), since: begin, &count, sentence: sentence)
            try run.throwViolation(nil)
            await rest(after: version, until: clock.now + Self.longestInterval, &interval)
        }
    }

    /// How many looks of each condition counted, and why others did not.
    private struct Count: Sendable {
        var looks: [Int]
        var void: String?

        init(_ conditions: Int) { looks = Array(repeating: 0, count: conditions) }

        var lowest: Int { looks.min() ?? 0 }
    }

    /// - Throws: at the first violation.
    private func look(
        _ word: Throughout.Word, _ conditions: [Condition], _ looks: [Look], since begin: Duration,
        _ count: inout Count, sentence: ([Condition]) -> String
    ) throws(StepStop) {
        for (index, look) in looks.enumerated() {
            let isMet = look.judgement.verdict == (word == .always ? .holds : .fails)
            if let void = look.void(isMet: isMet) {
                count.void = void
            } else if isMet {
                count.looks[index] += 1
            } else {
                throw StepStop(
                    .failed, sentence: sentence([look.condition]),
                    what: "violated after \(since(begin)) (probe \(tally.lookCount)): \(look.judgement.seen)",
                    look: look)
            }
        }
    }

    private func enough(
        _ count: Count, _ word: Throughout.Word, _ conditions: [Condition], sentence: ([Condition]) -> String
    ) throws(StepStop) {
        for (index, condition) in conditions.enumerated() {
            let wanted = condition.isNegative(under: word) ? Self.negativeLooks : 1
            guard count.looks[index] < wanted else { continue }
            let reason = count.void.map { "; others said nothing: \($0)" } ?? ""
            throw StepStop(
                .broken, sentence: sentence([condition]),
                what: "\(count.looks[index]) of at least \(wanted) probes came to an end\(reason)")
        }
    }

    // MARK: Looking

    private func sweep(_ conditions: [Condition], _ word: Throughout.Word) async -> [Look] {
        let attempt = tally.nextLook()
        var looks: [Look] = []
        for condition in conditions {
            let isNegative = condition.isNegative(under: word)
            let probe = Probe(
                step: context.number, attempt: attempt, needsControl: isNegative, limit: condition.attemptLimit)
            let observation = await run.world.observe(condition, probe)
            looks.append(
                Look(
                    condition: condition, observation: observation,
                    judgement: condition.judge(observation.sighting), isNegative: isNegative))
        }
        return looks
    }

    /// Until something changes, or the next probe is due, or time is up.
    private func rest(after version: UInt64, until moment: Duration, _ interval: inout Duration) async {
        let now = clock.now
        let due = min(now + interval, max(moment, now + Self.shortestGap))
        await run.board.pulse.wait(after: version, until: due, on: clock)
        let hasChanged = run.board.pulse.version != version
        interval = hasChanged ? Self.firstInterval : min(interval * 1.5, Self.longestInterval)
        let gap = now + Self.shortestGap
        if clock.now < gap { try? await clock.sleep(until: gap) }
    }

    private func since(_ begin: Duration) -> String { ms(clock.now - begin) }

    private func ms(_ duration: Duration) -> String { "\(Int((duration.secondsValue * 1000).rounded())) ms" }
}
