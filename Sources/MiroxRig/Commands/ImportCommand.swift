import AccessModel
import ArgumentParser
import ControlProtocol
import FieldCase
import Foundation
import ScenarioModel

/// The command `mirox-rig import FILE`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract:
            "Make a fixture and a scenario of a control plane's exported state, or of the rows that a ticket quotes.",
        discussion: """
            Names are replaced, private ranges stay, keys are made anew. With --table the file holds rows of plant, subnet, status, \
            person, as the page shows them. The document is described in the catalogue's article Developers.
            """)

    @Argument(help: "A document of 'mirox-rig export' or of the product; - is standard input.", completion: .file())
    var file: String

    @Flag(help: "The file is a table: plant, subnet, status, person.")
    var table = false

    @Option(help: "The folder for the two files.", completion: .directory)
    var out = "."

    @Option(help: "The scenario's id, and the files' name.")
    var id = "field-case"

    @Option(help: "What the scenario shows, in a sentence.")
    var title = "A conflict seen in the field, rebuilt"

    @Flag(help: "Names stay as they are.")
    var keepNames = false

    func validate() throws {
        let isPlain = id.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
        guard isPlain, (1...64).contains(id.count) else {
            throw ValidationError("--id has small letters, digits and '-', at most 64 of them")
        }
    }

    func run() throws {
        let field: FieldCase
        do throws(FieldCase.Refusal) {
            field = try FieldCase(try document(), title: title, id: id, keepsNames: keepNames)
        } catch {
            throw RigFault.ending(2, "\(file): \(error)")
        }
        let folder = try made(out)
        let fixturePath = "\(folder)/\(id).yaml"
        let scenarioPath = "\(folder)/\(id)\(ScenarioFiles.suffix)"
        try write(field.fixtureText, to: fixturePath)
        try write(field.scenarioText(fixturePath: "\(id).yaml"), to: scenarioPath)
        field.warnings.forEach { Console.error("mirox-rig: \($0)") }
        // What was written is read again, so that what is wrong is said now.
        do { _ = try ScenarioFiles.plans([scenarioPath]) } catch {
            for path in [fixturePath, scenarioPath] { try? FileManager.default.removeItem(atPath: path) }
            throw error
        }
        Console.print("\(fixturePath)\n\(scenarioPath)\nmirox-rig run \(scenarioPath)")
    }

    private func document() throws(FieldCase.Refusal) -> StateDocument {
        let data: Data?
        if file == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            data = FileManager.default.contents(atPath: file)
        }
        guard let data else { throw FieldCase.Refusal(description: "there is no such file") }
        guard data.count <= 64 << 20 else { throw FieldCase.Refusal(description: "it is larger than 64 MiB") }
        if table { return try StateTable.document(String(decoding: data, as: UTF8.self)) }
        do {
            return try JSONDecoder().decode(StateDocument.self, from: data)
        } catch let error as DecodingError {
            throw FieldCase.Refusal(description: "no document of \(StateDocument.format): \(error.words)")
        } catch {
            throw FieldCase.Refusal(description: "no document of \(StateDocument.format): \(error)")
        }
    }

    private func made(_ path: String) throws -> String {
        do {
            return try Folder.made(path)
        } catch {
            throw RigFault.environment("--out \(path): \(error.localizedDescription)")
        }
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw RigFault.environment("\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
