import ScenarioModel

extension RecordedScenario {
    /// The same text, with what the program would refuse as a comment: a plant, say, that somebody created and the fixture has not.
    ///
    /// - Parameter files: where the fixture is read.
    static func withRefusedStepsApart(_ text: String, files: @escaping FileReading) -> String {
        let name = "record"
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for _ in lines.indices {
            let now = lines.joined(separator: "\n")
            let loader = Loader { path throws(UnreadableFile) in path == name ? now : try files(path) }
            do throws(InvalidScenario) {
                _ = try loader.plan(name)
                return now
            } catch {
                let wrong = error.diagnostics.first { $0.location.file == name }
                guard let wrong, let step = step(at: wrong.location.line - 1, of: lines) else { return now }
                let apart = lines[step].map { "  # \($0.dropFirst(2))" }
                lines.replaceSubrange(step, with: ["  # not in this fixture: \(wrong.message)"] + apart)
            }
        }
        return text
    }

    /// The lines of the step to which a line belongs.
    private static func step(at line: Int, of lines: [String]) -> Range<Int>? {
        guard let first = lines.firstIndex(of: "steps:"), lines.indices.contains(line), line > first else { return nil }
        guard let begin = lines[...line].lastIndex(where: { $0.hasPrefix("  - ") }), begin > first else { return nil }
        let end = lines[(begin + 1)...].firstIndex { !$0.hasPrefix("   ") } ?? lines.endIndex
        return begin..<end
    }
}
