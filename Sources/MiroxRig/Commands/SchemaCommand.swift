import ArgumentParser
import ScenarioModel

/// The command `mirox-rig schema`.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of scenario files, for editors.",
        discussion: "With --reference: the reference of the language as Markdown; run it in the project's folder.")

    @Flag(help: "The reference of the language in place of the schema.")
    var reference = false

    func run() throws {
        guard reference else {
            Console.print(String(ScenarioSchema.text.dropLast()))
            return
        }
        do throws(InvalidScenario) {
            Console.print(String(try LanguageReference(loader: ScenarioFiles.loader).markdown.dropLast()))
        } catch {
            throw RigFault.ending(2, error.rendered, isRigs: false)
        }
    }
}
