import Foundation
import Testing

extension LiveTests {
    @Suite("The schema of scenario files", .serialized)
    struct SchemaTests {
        private static func files(below folder: String) -> [String] {
            let root = Rig.root.appending(path: folder).path
            return (FileManager.default.subpaths(atPath: root) ?? []).filter { $0.hasSuffix(".scenario.yaml") }
                .sorted().map { "\(folder)/\($0)" }
        }

        @Test("an independent validator accepts every shipped scenario")
        func shipped() async throws {
            let files = Self.files(below: "Scenarios")
            #expect(files.count >= 4)
            let result = try await Program.run(
                [Rig.python, Rig.client("validate.py"), "Scenarios/scenario.schema.json"] + files)
            #expect(result.status == 0, "\(result)")
        }

        @Test("and refuses what an editor should mark")
        func wrong() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: Rig.freeName())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let head = "format: 1\nscenario: s\nid: s\nfixture: f.yaml\nsteps:\n"
            let wrong = [
                "  - grnt: { to: anna, plant: a }", "  - grant: { plant: a }", "  - grant: { to: anna }",
                "  - sync: { now: true, pause: true }", "  - sync: { every: 2 }",
                "  - eventually: { session: { for: anna, online: true } }\n    within: soon",
                "  - expect: { session: { for: anna } }", "  - expect: { sesion: { for: anna, online: true } }",
                "  - sync: { now: true }\n    refresh: { for: anna }",
            ]
            for (index, step) in wrong.enumerated() {
                let file = folder.appending(path: "wrong-\(index).yaml")
                try (head + step + "\n").write(to: file, atomically: true, encoding: .utf8)
                let result = try await Program.run(
                    [Rig.python, Rig.client("validate.py"), "Scenarios/scenario.schema.json", file.path])
                #expect(result.status == 1, "\(step)\n\(result)")
            }
        }
    }
}
