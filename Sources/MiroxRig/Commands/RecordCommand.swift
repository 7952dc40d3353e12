import ArgumentParser
import Foundation
import LabProtocol

/// The command `mirox-rig record`.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Print what people did in a served lab as a scenario, with suggested assertions.",
        discussion: """
            Everything counts since the lab was ready: calls of the API, clicks on the page, steps of 'do', and what was reached from \
            laptops. Save it with: mirox-rig record > Scenarios/mine.scenario.yaml
            """)

    @OptionGroup var lab: LabOption

    @Option(help: "The scenario's id.")
    var id = "recorded"

    @Option(help: "What the scenario shows, in a sentence.")
    var title = "What was done in a served lab"

    func validate() throws {
        let isPlain = id.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
        guard isPlain, (1...64).contains(id.count) else {
            throw ValidationError("--id has small letters, digits and '-', at most 64 of them")
        }
    }

    func run() throws { try Question.ask(.record(id: id, title: title), of: lab) }
}

/// The command `mirox-rig export`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print everything that a served lab's control plane was told, as JSON for import.",
        discussion: "No key and no token is in it.")

    @OptionGroup var lab: LabOption

    func run() throws { try Question.ask(.export, of: lab) }
}
