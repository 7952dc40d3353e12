import Foundation

/// Events as lines of text, to cross from the lab's process to the one outside, and into files.
package enum RunLine {
    /// One line, without its newline; keys in a fixed order.
    package static func encode(_ event: RunEvent) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(event), as: UTF8.self)
    }

    package static func decode(_ line: some StringProtocol) throws -> RunEvent {
        try JSONDecoder().decode(RunEvent.self, from: Data(line.utf8))
    }
}
