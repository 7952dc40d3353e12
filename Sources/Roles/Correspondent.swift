import ControlPlane
import Foundation
import LabProtocol
import Synchronization

/// Lets the control plane ask its conductor: a question goes as an event, the answer comes as a request.
final class Correspondent: Sendable {
    private struct State {
        var lastID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<LabAnswer, Never>] = [:]
    }

    /// Longer than any order takes; a conductor that is silent for so long has other worries.
    private static let limit = Duration.seconds(40)

    private let host: RoleHost<ControlPlaneConversation>
    private let state = Mutex(State())

    init(_ host: RoleHost<ControlPlaneConversation>) { self.host = host }

    /// The rig, as the control plane's lab page sees it.
    var console: LabConsole {
        LabConsole(
            picture: { [self] since in
                guard case .picture(let picture) = try await ask(.picture(since: since)) else { return "{}" }
                return String(decoding: try JSONEncoder().encode(picture), as: UTF8.self)
            },
            perform: { [self] text in
                let order: LabOrder
                do {
                    order = try JSONDecoder().decode(LabOrder.self, from: Data(text.utf8))
                } catch {
                    throw LabConsole.Refusal(reason: "that is no order that the rig knows")
                }
                _ = try await ask(.order(order))
            })
    }

    func take(_ answer: LabAnswer, to id: UInt64) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: answer)
    }

    private func ask(_ question: LabQuestion) async throws -> LabAnswer {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let timer = Task { [self] in
            try await Task.sleep(for: Self.limit)
            take(.refusal("the rig does not answer"), to: id)
        }
        defer { timer.cancel() }
        let answer = await withCheckedContinuation { continuation in
            state.withLock { $0.waiting[id] = continuation }
            host.report(.question(id: id, question))
        }
        if case .refusal(let reason) = answer { throw LabConsole.Refusal(reason: reason) }
        return answer
    }
}
