import Foundation
import Glibc
package import LabProtocol
import LinuxFabric
import Synchronization

/// The conductor's end of its conversation with a role: starts the process, asks, and passes on what it reports.
package final class RoleLink<Talk: Conversation>: Sendable {
    private struct State {
        var nextID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Talk.Answer, any Error>] = [:]
        var isOver = false
    }

    package let events: AsyncStream<Talk.Event>
    private let stream: UnixStream
    private let writing = Mutex(())
    private let process: ChildProgram
    private let state = Mutex(State())

    /// Starts the role's process; its first event is `Talk.Event.ready`.
    ///
    /// - Parameters:
    ///   - descriptors: those that the role's configuration speaks of, beside the conversation's own.
    ///   - number: tells processes of one role apart.
    package init(
        _ configuration: Talk.Configuration, lab: String, folder: String, descriptors: [String: Int32] = [:],
        number: Int = 0
    ) throws {
        let path = "\(folder)/\(Talk.role.rawValue)\(number > 0 ? "-\(number)" : "").json"
        try JSONEncoder().encode(configuration).write(to: URL(fileURLWithPath: path))
        let (ours, theirs) = try UnixStream.pair()
        stream = ours
        process = try ChildProgram(
            .role(
                Talk.role.rawValue, lab: lab, arguments: [path],
                descriptors: descriptors.merging([LabDescriptors.conversation: theirs.number]) { $1 }))
        let (events, continuation) = AsyncStream<Talk.Event>.makeStream()
        self.events = events
        Task { [self] in
            // However the conversation ends, it has ended; the waiting are told below.
            do { for try await line in ours.lines() { take(line: line, events: continuation) } } catch {}
            fail()
            continuation.finish()
        }
    }

    /// Asks and waits for the answer.
    ///
    /// - Throws: `RoleProblem` when the role refuses or is gone.
    package func ask(_ verb: Talk.Verb) async throws -> Talk.Answer {
        try await withCheckedThrowingContinuation { continuation in
            let id: UInt64? = state.withLock { state in
                guard !state.isOver else { return nil }
                state.nextID += 1
                state.waiting[state.nextID] = continuation
                return state.nextID
            }
            guard let id else {
                continuation.resume(throwing: RoleProblem.gone(Talk.role))
                return
            }
            do {
                let line = String(decoding: try JSONEncoder().encode(Request(id: id, verb: verb)), as: UTF8.self)
                try writing.withLock { _ in try stream.writeLine(line) }
            } catch {
                finish(id, .failure(RoleProblem.gone(Talk.role)))
            }
        }
    }

    /// The process's number.
    package var identifier: Int32 { process.pid }

    /// SIGKILL, then waits until the process is gone.
    package func kill() async {
        process.kill()
        _ = await process.waitForEnd()
    }

    /// Makes the process stand still, or go on.
    package func hold(_ isHeld: Bool) {
        process.signal(isHeld ? SIGSTOP : SIGCONT)
    }

    private func take(line: String, events: AsyncStream<Talk.Event>.Continuation) {
        let message = try? JSONDecoder().decode(Message<Talk.Answer, Talk.Event>.self, from: Data(line.utf8))
        switch message {
        case .answer(let id, let answer): finish(id, .success(answer))
        case .refusal(let id, let reason): finish(id, .failure(RoleProblem.refused(Talk.role, reason)))
        case .event(let event): events.yield(event)
        case nil: break
        }
    }

    private func finish(_ id: UInt64, _ result: Result<Talk.Answer, any Error>) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(with: result)
    }

    private func fail() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(throwing: RoleProblem.gone(Talk.role)) }
    }
}

/// Why a role did not answer.
package enum RoleProblem: Error, CustomStringConvertible {
    case gone(RoleName)
    case refused(RoleName, String)

    package var description: String {
        switch self {
        case .gone(let role): "the \(role.rawValue) process is gone"
        case .refused(let role, let reason): "\(role.rawValue): \(reason)"
        }
    }
}
