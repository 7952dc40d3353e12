import Foundation
import Testing

extension LiveTests {
    @Suite("The README", .serialized)
    struct ReadmeTests {
        /// The commands of the section for developers that want no terminal and no minute of their own.
        private static func commands() throws -> [String] {
            let readme = try String(contentsOf: Rig.root.appending(path: "README.md"), encoding: .utf8)
            let section = try #require(readme.components(separatedBy: "\n## Developers").last)
            return section.split(separator: "\n").map(String.init).filter { line in
                let words = line.split(separator: " ")
                return words.first == "mirox-rig" && words.count > 1 && !["up", "shell", "run"].contains(words[1])
                    && !words.contains("ssh")
            }
        }

        @Test("what it has developers type at a lab of its own fixture works as it stands there")
        func developers() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: Rig.freeName())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let commands = try Self.commands()
            #expect(commands.count >= 11, "\(commands)")
            try await TestLab.serving { lab in
                // Another lab may run beside this one, so the lab is named where a lab is meant.
                let program = """
                    mirox-rig() { [ "$1" = import ] && set -- "$@" || set -- "$1" --lab \(lab.name) "${@:2}"; '\(Rig.path)' "$@"; }
                    cd '\(folder.path)'
                    """
                for command in commands {
                    let result = try await Program.run(["bash", "-c", "\(program)\n\(command)"], seconds: 30)
                    // ben's echo request is filtered, and ping says so with 1.
                    #expect(result.status == (command.contains("ben/laptop") ? 1 : 0), "\(command)\n\(result)")
                }
                let recorded = try await Rig.run("run", folder.appending(path: "mine.scenario.yaml").path)
                #expect(recorded.status == 0, "\(recorded)")
            }
        }
    }
}
