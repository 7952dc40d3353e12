import ArgumentParser
import Foundation
import ScenarioModel
import ScenarioRunner

/// How a run goes: how many at a time, how often, how long, in which order.
struct CourseOptions: ParsableArguments {
    @Option(name: [.customShort("j"), .long], help: "How many labs at a time (default: four for each core).")
    var jobs: Int?

    @Option(
        help: "Run only this part of the scenarios, such as 2/5; by a hash of the name, so a new one moves no other.")
    var shard: Shard?

    @Option(help: "Try a scenario that did not pass so many times more.")
    var retries = 0

    @Option(help: "What a pass at a further attempt is worth: pass or fail (default: fail when CI=true).")
    var flaky: FlakyPolicy?

    @Option(help: "Run everything so many times.")
    var `repeat` = 1

    @Flag(help: "Run everything over and over until something does not pass (--repeat bounds it).")
    var untilFail = false

    @Option(help: "Drives the order and every random choice; hexadecimal.")
    var seed: Seed?

    @Flag(help: "Begin no further scenario after one that did not pass.")
    var failFast = false

    @Option(parsing: .singleValue, help: "Watch this invariant too, in every scenario, or 'all'; may be repeated.")
    var watch: [String] = []

    @Flag(help: "Selecting nothing is no error.")
    var allowEmpty = false

    @Option(help: "Multiplies every 'within', never a 'during'; for slow machines.")
    var timeFactor = 1.0

    @Option(help: "How long a scenario may take, such as 30s, in place of its own 'timeout'.")
    var timeout: Span?

    @Option(help: "How long the whole run may take; then it is taken down, exit code 124.")
    var globalTimeout: Span?

    @Option(
        defaultAsFlag: KeepLab.always,
        help: "Leave the labs up when their scenarios are over, until Ctrl-C: always or on-failure.")
    var keep: KeepLab?

    func validate() throws {
        guard (1...10_000).contains(`repeat`) else { throw ValidationError("--repeat takes a number from 1 to 10000") }
        guard (1...256).contains(jobs ?? 1) else { throw ValidationError("-j takes a number from 1 to 256") }
        for name in watch where name != "all" && Invariant(rawValue: name) == nil {
            let names = Invariant.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--watch takes 'all' or an invariant (\(names)), not '\(name)'")
        }
        guard (0...20).contains(retries) else { throw ValidationError("--retries takes a number from 0 to 20") }
        guard timeFactor > 0, timeFactor <= 1000 else {
            throw ValidationError("--time-factor takes a number above 0, up to 1000")
        }
        guard (keep ?? .never) == .never || !Surroundings.isCI else {
            throw ValidationError("--keep waits for somebody, and CI=true says that nobody is there")
        }
    }

    /// What is watched beside each scenario's own invariants.
    var watched: [Invariant] {
        watch.contains("all") ? Invariant.allCases : watch.compactMap { Invariant(rawValue: $0) }
    }

    func applied(to options: RunOptions) -> RunOptions {
        var options = options
        options.jobs = jobs ?? 4 * ProcessInfo.processInfo.activeProcessorCount
        options.shard = shard
        options.retryCount = retries
        options.flakyPolicy = flaky ?? (Surroundings.isCI ? .fail : .pass)
        options.repeatCount = `repeat`
        options.untilFail = untilFail
        options.seed = seed ?? Seed(UInt64.random(in: 0...0xFFFF))
        options.failFast = failFast
        options.allowEmpty = allowEmpty
        options.timeFactor = timeFactor
        options.timeout = timeout?.duration
        options.keeps = keep ?? .never
        return options
    }
}

/// How a run talks.
struct TalkOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "No line for what passed.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "A line for every step.")
    var verbose = false

    @Option(help: "Colours: always, never or auto (NO_COLOR, CLICOLOR_FORCE, then whether it is a terminal).")
    var color = When.auto

    @Option(help: "Lines that show what runs: always, never or auto (on a terminal, not when CI=true).")
    var progress = When.auto

    enum When: String, ExpressibleByArgument, CaseIterable {
        case auto, always, never
    }

    func validate() throws {
        if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
    }

    var output: RunOutput {
        RunOutput(
            isColored: color == .auto ? Surroundings.wantsColor : color == .always,
            detail: quiet ? .quiet : verbose ? .verbose : .normal,
            showsProgress: progress == .auto ? Surroundings.hasMovingTerminal : progress == .always)
    }
}

/// A span on the command line, `30s`.
struct Span: ExpressibleByArgument {
    var duration: Duration

    init?(argument: String) {
        guard let duration = Duration(spelled: argument), duration > .zero else { return nil }
        self.duration = duration
    }
}

extension Shard: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Seed: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension FlakyPolicy: ExpressibleByArgument {}
extension KeepLab: ExpressibleByArgument {}
