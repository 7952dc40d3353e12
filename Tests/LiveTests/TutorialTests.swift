import Foundation
import Testing

extension LiveTests {
    @Suite("The tutorial", .serialized)
    struct TutorialTests {
        private struct Lesson {
            var name: String
            var passes: Bool
            var text: String
        }

        /// The files that the page shows: each block begins with `# name.scenario.yaml - passes` or `- fails`.
        private static func lessons() throws -> [Lesson] {
            let page = Rig.root.appending(path: "Sources/MiroxRig/MiroxRig.docc/Tutorial.md")
            let blocks = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```yaml\n").dropFirst()
            return blocks.compactMap { block in
                guard let end = block.range(of: "```") else { return nil }
                let text = String(block[..<end.lowerBound])
                let words = (text.split(separator: "\n").first ?? "").split(separator: " ")
                guard words.count == 4, words[0] == "#", words[1].hasSuffix(".scenario.yaml") else { return nil }
                return Lesson(name: String(words[1]), passes: words[3] == "passes", text: text)
            }
        }

        @Test("its files do what the page says, beside a checkout's fixtures")
        func files() async throws {
            let lessons = try Self.lessons()
            #expect(lessons.map(\.passes) == [true, true, false])
            let folder = FileManager.default.temporaryDirectory.appending(path: Rig.freeName())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "Fixtures"), withDestinationURL: Rig.root.appending(path: "Fixtures"))
            for lesson in lessons {
                let file = folder.appending(path: lesson.name)
                try lesson.text.write(to: file, atomically: true, encoding: .utf8)
                let check = try await Rig.run("check", file.path)
                #expect(check.status == 0, "\(check)")
                let run = try await Rig.run("run", file.path)
                #expect(run.status == (lesson.passes ? 0 : 1), "\(lesson.name)\n\(run)")
                #expect(lesson.passes || run.output.contains("admin-prohibited"), "\(run)")
            }
        }
    }
}
