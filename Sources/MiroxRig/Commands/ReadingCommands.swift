import ArgumentParser
import ScenarioModel

/// The command `mirox-rig check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read scenario files and say what is wrong with them; nothing runs.")

    @OptionGroup var scenarios: ScenarioOptions

    func run() throws {
        let plans = try ScenarioFiles.plans(scenarios.paths)
        for warning in plans.flatMap(\.warnings) { Console.error(warning) }
        let count = plans.count
        guard count > 0 else { throw RigFault.ending(4, "no scenario file is there to check") }
        Console.print("\(count) scenario file\(count == 1 ? "" : "s"), nothing wrong")
    }
}

/// The command `mirox-rig list`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the scenarios that would run.")

    @OptionGroup var scenarios: ScenarioOptions

    @Flag(help: "As JSON.")
    var json = false

    func run() throws {
        let instances = try scenarios.instances(scenarios.runOptions)
        if !instances.isEmpty || json { Console.print(try Listing.text(instances, asJSON: json)) }
        guard !instances.isEmpty else { throw RigFault.nothingSelected }
    }
}

/// The command `mirox-rig explain`.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show scenarios as sentences, for a review by people who do not read YAML.")

    @OptionGroup var scenarios: ScenarioOptions

    func run() throws {
        let instances = try scenarios.instances(scenarios.runOptions)
        guard !instances.isEmpty else { throw RigFault.nothingSelected }
        Console.print(instances.map(\.explanation).joined(separator: "\n\n"))
    }
}
