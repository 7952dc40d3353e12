import Foundation
import LabProtocol
import LinuxFabric

/// Copies a lab's capture to standard output while it grows, from inside the lab, and ends it afterwards.
enum CaptureCopy {
    /// How an asker is told to do this.
    static let word = "capture"

    /// - Parameters:
    ///   - reply: what the lab said to the wish for a capture.
    ///   - seconds: `nil`: until a signal comes, or nobody reads any more.
    static func run(_ reply: LabReply, seconds: Double?) async throws {
        guard case .text(let path) = reply, let file = FileHandle(forReadingAtPath: path) else {
            if case .refusal(let reason) = reply { Console.error("mirox-rig: \(reason)") }
            exit(64)
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await Signals.next() }
            if let seconds { group.addTask { try? await Task.sleep(for: .seconds(seconds)) } }
            group.addTask {
                // A closed pipe ends it as well.
                while !Task.isCancelled, copy(file) { try? await Task.sleep(for: .milliseconds(50)) }
            }
            await group.next()
            group.cancelAll()
        }
        let stream = try UnixStream(connectingTo: Asker.socketPath)
        try stream.writeLine(try Asker.encode(.capture(false)))
        _ = try stream.reply()
        // The file is gone by name; what was written at last is read by the open one.
        _ = copy(file)
        exit(0)
    }

    /// - Returns: false when nobody takes it any more.
    private static func copy(_ file: FileHandle) -> Bool {
        do {
            while let part = try file.read(upToCount: 1 << 16), !part.isEmpty {
                try FileHandle.standardOutput.write(contentsOf: part)
            }
            return true
        } catch {
            return false
        }
    }
}

extension UnixStream {
    /// The lab's answer to a question.
    func reply() throws -> LabReply {
        guard let line = try readLine() else { return .refusal("the lab does not answer") }
        return try JSONDecoder().decode(LabReply.self, from: Data(line.utf8))
    }
}
