import Foundation
import ScenarioModel

/// Scenarios as a list, for people or for programs.
enum Listing {
    private struct Row: Encodable {
        var name: String
        var id: String
        var title: String
        var file: String
        var tags: [String]
        var covers: [String]
        var fixture: String
        var steps: Int
        var isInQuarantine: Bool
    }

    static func text(_ instances: [Instance], asJSON: Bool) throws -> String {
        guard asJSON else { return instances.map { "\($0.name)  \($0.title)" }.joined(separator: "\n") }
        let rows = instances.map { instance in
            Row(
                name: instance.name, id: instance.id, title: instance.title, file: instance.location.file,
                tags: instance.tags, covers: instance.covered, fixture: instance.fixturePath,
                steps: instance.steps.count, isInQuarantine: instance.quarantine != nil)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(rows), as: UTF8.self)
    }
}
