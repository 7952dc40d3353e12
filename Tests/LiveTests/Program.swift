import Foundation
import Synchronization

/// A program that a test runs, as a person would.
final class Program: Sendable {
    struct Result: Sendable, CustomStringConvertible {
        var status: Int32
        var output: String
        var errors: String

        var description: String { "status \(status)\n\(output)\n\(errors)" }
    }

    private struct Gathered {
        var output = Data()
        var errors = Data()
        var waiters: [UInt64: (text: String, continuation: CheckedContinuation<Bool, Never>)] = [:]
        var isOver = false
    }

    private let process = Mutex(Process())
    private let gathered = Mutex(Gathered())
    let identifier: Int32

    /// Starts it; what it prints is gathered while it runs.
    init(_ words: [String], environment: [String: String] = [:], in folder: URL = Rig.root) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.currentDirectoryURL = folder
        // As for somebody at a desk, also where the tests themselves run in CI.
        var own = ProcessInfo.processInfo.environment
        own["CI"] = nil
        process.environment = own.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        identifier = process.processIdentifier
        self.process.withLock { $0 = process }
        gather(output.fileHandleForReading, into: \.output)
        gather(errors.fileHandleForReading, into: \.errors)
    }

    /// Runs it to its end.
    static func run(
        _ words: String..., environment: [String: String] = [:], seconds: Double = 60
    ) async throws -> Result {
        try await run(words, environment: environment, seconds: seconds)
    }

    static func run(
        _ words: [String], environment: [String: String] = [:], seconds: Double = 60
    ) async throws -> Result {
        try await Program(words, environment: environment).end(seconds: seconds)
    }

    /// Waits until output or errors contain the text.
    ///
    /// - Returns: false when the program ended without it, or the time was over.
    func prints(_ text: String, seconds: Double = 60) async -> Bool {
        let id = UInt64.random(in: 0 ... .max)
        let timer = Task {
            try await Task.sleep(for: .seconds(seconds))
            let waiter = gathered.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(returning: false)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let answer: Bool? = gathered.withLock { gathered in
                if Self.contains(gathered, text) { return true }
                if gathered.isOver { return false }
                gathered.waiters[id] = (text, continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    var printed: String {
        gathered.withLock {
            String(decoding: $0.output, as: UTF8.self) + String(decoding: $0.errors, as: UTF8.self)
        }
    }

    func signal(_ signal: Int32) { kill(identifier, signal) }

    /// Waits for its end; after the given time it is killed, and the status says so.
    func end(seconds: Double = 60) async throws -> Result {
        let timer = Task {
            try await Task.sleep(for: .seconds(seconds))
            kill(identifier, SIGKILL)
        }
        defer { timer.cancel() }
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [self] in
                let process = process.withLock { $0 }
                process.waitUntilExit()
                let code = process.terminationStatus
                continuation.resume(
                    returning: process.terminationReason == .uncaughtSignal ? 128 + code : code)
            }
        }
        // No program prints this: the wait ends with the streams.
        _ = await prints("\u{0}\u{0}")
        return gathered.withLock {
            Result(
                status: status, output: String(decoding: $0.output, as: UTF8.self),
                errors: String(decoding: $0.errors, as: UTF8.self))
        }
    }

    private static func contains(_ gathered: borrowing Gathered, _ text: String) -> Bool {
        String(decoding: gathered.output, as: UTF8.self).contains(text)
            || String(decoding: gathered.errors, as: UTF8.self).contains(text)
    }

    private let openStreams = Mutex(2)

    private func gather(
        _ handle: FileHandle, into stream: any WritableKeyPath<Gathered, Data> & Sendable
    ) {
        Thread.detachNewThread { [self] in
            while case let data = handle.availableData, !data.isEmpty {
                take { $0[keyPath: stream].append(data) }
            }
            let isLast = openStreams.withLock { open in
                open -= 1
                return open == 0
            }
            if isLast { take { $0.isOver = true } }
        }
    }

    private func take(_ change: (inout Gathered) -> Void) {
        let answered = gathered.withLock { gathered in
            change(&gathered)
            var answered: [(CheckedContinuation<Bool, Never>, Bool)] = []
            for (id, waiter) in gathered.waiters {
                let found = Self.contains(gathered, waiter.text)
                guard found || gathered.isOver else { continue }
                gathered.waiters[id] = nil
                answered.append((waiter.continuation, found))
            }
            return answered
        }
        for (continuation, found) in answered { continuation.resume(returning: found) }
    }
}
