import Foundation
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
    private let channel: LineChannel
    private let process: ChildProcess
    private let state = Mutex(State())

    private init(channel: LineChannel, process: ChildProcess) {
        self.channel = channel
        self.process = process
        let (events, continuation) = AsyncStream<Talk.Event>.makeStream()
        self.events = events
        channel.read(
            line: { [weak self] in self?.take(line: $0, events: continuation) },
            end: { [weak self] in
                self?.fail()
                continuation.finish()
            })
    }

    /// Starts the role's process; its first event is `Talk.ready`.
    ///
    /// - Parameter wiring: descriptors beside the channel that the role's configuration names.
    package static func start(
        _ configuration: Talk.Configuration, folder: String, wiring: [Int32: Int32] = [:]
    ) throws -> RoleLink {
        let path = "\(folder)/\(Talk.role.rawValue).json"
        try JSONEncoder().encode(configuration).write(to: URL(fileURLWithPath: path))
        let (ours, theirs) = try SocketPair.stream()
        defer { close(theirs) }
        let process = try ChildProcess.start(
            "/proc/self/exe", arguments: [Talk.role.rawValue, "--configuration", path],
            environment: ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }.sorted(),
            wiring: .init(wiring.merging([3: theirs]) { $1 }))
        return RoleLink(channel: LineChannel(descriptor: ours), process: process)
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
            guard let line = try? JSONEncoder().encode(Request(id: id, verb: verb)), channel.send(line) else {
                finish(id, .failure(RoleProblem.gone(Talk.role)))
                return
            }
        }
    }

    /// SIGKILL, then waits until the process is gone.
    package func kill() async {
        process.kill(SIGKILL)
        _ = await process.end()
    }

    private func take(line: [UInt8], events: AsyncStream<Talk.Event>.Continuation) {
        guard let message = try? JSONDecoder().decode(Message<Talk.Answer, Talk.Event>.self, from: Data(line)) else {
            return
        }
        switch message {
        case .answer(let id, let answer): finish(id, .success(answer))
        case .refusal(let id, let reason): finish(id, .failure(RoleProblem.refused(Talk.role, reason)))
        case .event(let event): events.yield(event)
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
