import ArgumentParser
import LabProtocol

/// The command `mirox-rig do STEP`.
struct DoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "do", abstract: "Run a step of the scenario language on a served lab.",
        discussion: """
            For example: mirox-rig do 'use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b }', or a check such as \
            'expect: { reach: { from: anna/laptop, to: 192.168.1.20:502, via: modbus } }'. Ends with 0, 1 (failed), 2 (not a step) \
            or 3 (broken).
            """)

    @OptionGroup var lab: LabOption

    @Argument(help: "One step, or a list of them, as they would stand in a scenario.")
    var step: String

    func run() throws { try Question.ask(.perform(step), of: lab) }

    /// A list of steps begins with a dash, as options do: it gets a line of its own before it.
    static func withListsApart(_ words: [String]) -> [String] {
        guard words.first == configuration.commandName else { return words }
        return words.map { $0.hasPrefix("- ") ? "\n\($0)" : $0 }
    }
}

/// The command `mirox-rig resume`.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a scenario that stands at its break go on.")

    @OptionGroup var lab: LabOption

    func run() throws { try Question.ask(.resume, of: lab) }
}
