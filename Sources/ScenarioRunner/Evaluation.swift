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

    func expect(_ clauses: [Clause]) async throws(StepStop) {
        let begin = clock.now
        let only = try await OnlyWatch(clauses, run: run)
        for look in await sweep(clauses, .always) {
            let sentence = Check(word: .expect, clauses: [look.clause]).sentence
            if let void = look.void {
                throw StepStop(
                    .broken, sentence: sentence, what: "nothing can be said: \(void)", look: look.decisive)
            }
            guard look.truth == .holds else {
                throw StepStop(
                    .failed, sentence: sentence, what: "not so, seen after \(since(begin)): \(look.seen)",
                    look: look.decisive)
            }
        }
        try await only?.check(sentence: Check(word: .expect, clauses: clauses).sentence)
    }

    // MARK: eventually

    func eventually(_ clauses: [Clause], within: Duration, stableFor: Duration?) async throws(StepStop) {
        let begin = clock.now
        let stalledBefore = clock.stalled
        let word = TimeWord.eventually(within: within, stableFor: stableFor)
        let limit = within * run.settings.timeFactor
        var interval = Self.firstInterval
        var trueSince: Duration?
        let only = try await OnlyWatch(clauses, run: run)
        while true {
            let version = run.board.pulse.version
            let open = await sweep(clauses, .always).first { $0.truth != .holds }
            let stalled = clock.stalled - stalledBefore
            let deadline = begin + limit + stalled
            try run.throwViolation(nil)
            if let open {
                let sentence = Check(word: word, clauses: [open.clause]).sentence
                // Silence contradicts nothing: a packet may have been lost, so the window begins anew.
                if let since = trueSince, !open.isSilence, open.truth == .fails {
                    throw StepStop(
                        .failed, sentence: sentence,
                        what: "so after \(ms(since - begin)), but no more after \(self.since(begin)): "
                            + open.seen, look: open.decisive)
                }
                trueSince = nil
                if clock.now >= deadline || Task.isCancelled {
                    throw late(open, sentence, looks: tally.lookCount, limit: limit, stalled: stalled)
                }
            } else {
                let since = trueSince ?? clock.now
                guard since <= deadline else { throw tooLate(word, clauses, after: since - begin, limit: limit) }
                trueSince = since
                if clock.now - since >= stableFor ?? .zero {
                    if stalled > .zero { tally.note("the machine stood still for \(ms(stalled))") }
                    try await only?.check(sentence: Check(word: word, clauses: clauses).sentence)
                    return
                }
            }
            let next = trueSince.map { $0 + (stableFor ?? .zero) } ?? deadline
            await rest(after: version, until: next, &interval)
        }
    }

    private func late(
        _ look: ClauseLook, _ sentence: String, looks: Int, limit: Duration, stalled: Duration
    ) -> StepStop {
        let extended = stalled > .zero ? ", extended by \(ms(stalled)) in which the machine stood still" : ""
        if let void = look.void {
            return StepStop(
                .broken, sentence: sentence, what: "nothing can be said after \(looks) probes\(extended): \(void)",
                look: look.decisive)
        }
        return StepStop(
            .failed, sentence: sentence,
            what: "not so within \(limit.text)\(extended) (\(looks) probes): \(look.seen)", look: look.decisive)
    }

    /// A probe that was begun in time and came back when time was up proves nothing about the time given.
    private func tooLate(_ word: TimeWord, _ clauses: [Clause], after: Duration, limit: Duration) -> StepStop {
        StepStop(
            .failed, sentence: Check(word: word, clauses: clauses).sentence,
            what: "not so within \(limit.text): so after \(ms(after)), by a probe that was begun in time")
    }

    // MARK: always, never

    func hold(_ word: Throughout.Word, _ clauses: [Clause], during: Duration) async throws(StepStop) {
        let begin = clock.now
        let deadline = begin + during
        let stalledBefore = clock.stalled
        var count = Count(clauses.count)
        var interval = Self.firstInterval
        let only = try await OnlyWatch(clauses, run: run)
        let timeWord = word == .always ? TimeWord.always(during: during) : .never(during: during)
        func sentence(_ clauses: [Clause]) -> String { Check(word: timeWord, clauses: clauses).sentence }
        repeat {
            let version = run.board.pulse.version
            let looks = await sweep(clauses, word)
            let isOver = clock.now > deadline + (clock.stalled - stalledBefore)
            try look(word, looks, since: begin, &count, isOver: isOver, sentence: sentence)
            try run.throwViolation(nil)
            try await only?.check(sentence: sentence(clauses), isFinal: false)
            await rest(after: version, until: deadline, &interval)
        } while clock.now < deadline && !Task.isCancelled
        try await only?.check(sentence: sentence(clauses))
        try enough(count, word, clauses, sentence: sentence)
    }

    /// Holds while some work runs: looked at before it, during it, and once more behind it.
    func hold(
        _ word: Throughout.Word, _ clauses: [Clause],
        while work: @escaping @Sendable () async throws(StepStop) -> Void
    ) async throws(StepStop) {
        let begin = clock.now
        var count = Count(clauses.count)
        let only = try await OnlyWatch(clauses, run: run)
        @Sendable func sentence(_ clauses: [Clause]) -> String {
            Throughout(word: word, clauses: clauses, steps: []).sentence
        }
        try look(word, await sweep(clauses, word), since: begin, &count, sentence: sentence)
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
                    try await watch(word, clauses, begin: begin, &count, isDone, sentence: sentence)
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
        try await only?.check(sentence: sentence(clauses))
        try enough(count, word, clauses, sentence: sentence)
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
        _ word: Throughout.Word, _ clauses: [Clause], begin: Duration, _ count: inout Count, _ isDone: Flag,
        sentence: ([Clause]) -> String
    ) async throws(StepStop) {
        var interval = Self.firstInterval
        var looksBehind = 0
        // One look begins when the work is over; a few more where three must have come to an end.
        while looksBehind == 0 || (count.lowest < Self.negativeLooks && looksBehind < Self.negativeLooks) {
            guard !Task.isCancelled else { return }
            let version = run.board.pulse.version
            if isDone.isRaised { looksBehind += 1 }
            try look(word, await sweep(clauses, word), since: begin, &count, sentence: sentence)
            try run.throwViolation(nil)
            await rest(after: version, until: clock.now + Self.longestInterval, &interval)
        }
    }

    /// How many looks of each clause counted, and why others did not.
    private struct Count: Sendable {
        var looks: [Int]
        var void: String?

        init(_ clauses: Int) { looks = Array(repeating: 0, count: clauses) }

        var lowest: Int { looks.min() ?? 0 }
    }

    /// - Parameter isOver: the window had closed when the probes came back. That something is then so, where it never is to be,
    ///   says nothing of the window; that something is not answered, where it always is to be, does.
    /// - Throws: at the first violation.
    private func look(
        _ word: Throughout.Word, _ looks: [ClauseLook], since begin: Duration, _ count: inout Count,
        isOver: Bool = false, sentence: ([Clause]) -> String
    ) throws(StepStop) {
        for (index, look) in looks.enumerated() {
            if let void = look.void {
                count.void = void
            } else if look.truth == word.wanted {
                count.looks[index] += 1
            } else if isOver, word == .never {
                count.void = "so only after \(since(begin)), when the window was over"
            } else {
                throw StepStop(
                    .failed, sentence: sentence([look.clause]),
                    what: "violated after \(since(begin)) (probe \(tally.lookCount)): \(look.seen)",
                    look: look.decisive)
            }
        }
    }

    private func enough(
        _ count: Count, _ word: Throughout.Word, _ clauses: [Clause], sentence: ([Clause]) -> String
    ) throws(StepStop) {
        for (index, clause) in clauses.enumerated() {
            let isNegative = clause.conditions.contains { $0.isNegative(under: word) }
            let wanted = isNegative ? Self.negativeLooks : 1
            guard count.looks[index] < wanted else { continue }
            let reason = count.void.map { "; others said nothing: \($0)" } ?? ""
            throw StepStop(
                .broken, sentence: sentence([clause]),
                what: "\(count.looks[index]) of at least \(wanted) probes came to an end\(reason)")
        }
    }

    // MARK: until: sync

    /// So up to a sync, the other way round from it on: before it, and after its acknowledgement, each is looked at.
    ///
    /// - Parameter sync: makes one sync, or waits for the next, and returns on its acknowledgement.
    func holdUntilSync(
        _ word: Throughout.Word, _ clauses: [Clause], sync: () async throws(StepStop) -> Void
    ) async throws(StepStop) {
        let begin = clock.now
        let whole = Check(word: .untilSync(word), clauses: clauses).sentence
        func phase(_ word: Throughout.Word, _ when: String) async throws(StepStop) {
            var count = Count(clauses.count)
            var interval = Self.firstInterval
            // Void looks are tried again, a bounded number of times.
            for _ in 0..<(3 * Self.negativeLooks) where count.lowest < Self.negativeLooks {
                let version = run.board.pulse.version
                let looks = await sweep(clauses, word)
                do throws(StepStop) {
                    try look(word, looks, since: begin, &count) { _ in whole }
                } catch {
                    var stop = error
                    stop.what = "\(when), \(stop.what)"
                    throw stop
                }
                try run.throwViolation(nil)
                await rest(after: version, until: clock.now + interval, &interval)
            }
            try enough(count, word, clauses) { _ in whole }
        }
        let only = try await OnlyWatch(clauses, run: run)
        try await phase(word, "before the sync")
        try await only?.check(sentence: whole)
        try await sync()
        tally.note("the sync was acknowledged after \(since(begin))")
        try await phase(word.opposite, "after the sync")
    }

    // MARK: Looking

    private func sweep(_ clauses: [Clause], _ word: Throughout.Word) async -> [ClauseLook] {
        let attempt = tally.nextLook()
        var looks: [ClauseLook] = []
        for clause in clauses { looks.append(await look(at: clause, word, attempt)) }
        return looks
    }

    private func look(at clause: Clause, _ word: Throughout.Word, _ attempt: Int) async -> ClauseLook {
        switch clause {
        case .one(let condition): return ClauseLook(clause, await look(at: condition, word.needs(condition), attempt))
        case .remembered(let comparison):
            let observation = await observe(comparison.subject, needsControl: false, attempt)
            let judgement = comparison.judge(observation.sighting, remembered: run.board.memory(comparison.id))
            return ClauseLook(
                clause,
                Look(
                    condition: comparison.subject, observation: observation, judgement: judgement, needsControl: []))
        case .all(let inner), .any(let inner):
            var looks: [ClauseLook] = []
            for part in inner { looks.append(await look(at: part, word, attempt)) }
            return ClauseLook(clause, of: looks)
        case .exactlyOne(let inner):
            // Of each part both verdicts count: the one that holds, and that the others do not.
            var looks: [ClauseLook] = []
            for part in inner { looks.append(await lookBothWays(at: part, attempt)) }
            return ClauseLook(clause, of: looks)
        }
    }

    private func lookBothWays(at clause: Clause, _ attempt: Int) async -> ClauseLook {
        guard case .one(let condition) = clause else { return await look(at: clause, .always, attempt) }
        let needs = Throughout.Word.always.needs(condition).union(Throughout.Word.never.needs(condition))
        return ClauseLook(clause, await look(at: condition, needs, attempt))
    }

    private func look(at condition: Condition, _ needs: Look.Needs, _ attempt: Int) async -> Look {
        let observation = await observe(condition, needsControl: !needs.isEmpty, attempt)
        return Look(
            condition: condition, observation: observation, judgement: condition.judge(observation.sighting),
            needsControl: needs)
    }

    private func observe(_ condition: Condition, needsControl: Bool, _ attempt: Int) async -> Observation {
        await run.world.observe(
            condition,
            Probe(
                step: context.number, attempt: attempt, needsControl: needsControl, limit: condition.attemptLimit))
    }

    /// What is seen now, for later.
    func remember(_ memory: Memory) async throws(StepStop) {
        let observation = await observe(memory.subject, needsControl: false, tally.nextLook())
        if case .unfinished(let why) = observation.sighting {
            throw StepStop(.broken, sentence: memory.sentence, what: why)
        }
        run.board.remember(observation.sighting, as: memory.id)
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

extension Throughout.Word {
    fileprivate var wanted: Truth { self == .always ? .holds : .fails }

    /// Where what this word wants could be fulfilled by dead ends too.
    fileprivate func needs(_ condition: Condition) -> Look.Needs {
        guard condition.isNegative(under: self) else { return [] }
        return self == .always ? .holding : .failing
    }
}
