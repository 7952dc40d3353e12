import Foundation
import LabProtocol
import LinuxFabric

/// Asks the conductor of the lab that it runs in, prints the answer, and ends with the status that the question deserves.
enum Asker {
    /// Where the conductor listens, inside the lab.
    static let socketPath = "/run/mirox/lab.sock"

    static func encode(_ request: LabRequest) throws -> String {
        String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
    }

    /// - Parameter arguments: the question as JSON, then the form of a status.
    static func run(arguments: [String]) async throws {
        guard let stream = try? UnixStream(connectingTo: socketPath) else {
            Console.error("mirox-rig: the lab is still coming up")
            exit(3)
        }
        try stream.writeLine(arguments.first ?? "")
        if arguments.count > 2, arguments[1] == CaptureCopy.word {
            try await CaptureCopy.run(try stream.reply(), seconds: Double(arguments[2]))
            return
        }
        guard let line = try stream.readLine() else { throw AskerFault(description: "the lab does not answer") }
        switch try JSONDecoder().decode(LabReply.self, from: Data(line.utf8)) {
        case .text(let text): Console.print(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        case .status(let status):
            Console.print(try StatusText.text(status, arguments.last.flatMap { .init(rawValue: $0) } ?? .text))
        case .outcome(let text, let status):
            Console.print(text)
            exit(status)
        case .refusal(let reason):
            Console.error("mirox-rig: \(reason)")
            exit(64)
        }
    }

    private struct AskerFault: Error, CustomStringConvertible {
        let description: String
    }
}
