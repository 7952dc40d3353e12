import Foundation
import LabProtocol
import LinuxFabric
import Synchronization

/// The role's end of its conversation with the conductor.
final class RoleHost<Talk: Conversation>: Sendable {
    let configuration: Talk.Configuration
    private let stream: UnixStream
    private let writing = Mutex(())

    /// Reads the role's configuration, which the first argument names, and takes over the inherited conversation.
    init(_ inside: Inside, arguments: [String]) throws {
        guard let path = arguments.first, let descriptor = inside.descriptors[LabDescriptors.conversation] else {
            throw RoleFault(description: "\(inside.role) is started by a lab, not by hand")
        }
        configuration = try JSONDecoder().decode(
            Talk.Configuration.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        stream = UnixStream(owning: Descriptor(owning: descriptor))
    }

    func report(_ event: Talk.Event) {
        send(.event(event))
    }

    /// Says that the role is ready and answers requests until the conductor is gone.
    func serve(_ answer: @escaping @Sendable (Talk.Verb) async throws -> Talk.Answer) async throws {
        let lines = stream.lines()
        report(Talk.ready)
        try await withThrowingDiscardingTaskGroup { group in
            for try await line in lines {
                let request = try JSONDecoder().decode(Request<Talk.Verb>.self, from: Data(line.utf8))
                group.addTask { [self] in
                    do {
                        send(.answer(id: request.id, try await answer(request.verb)))
                    } catch {
                        send(.refusal(id: request.id, "\(error)"))
                    }
                }
            }
        }
    }

    private func send(_ message: Message<Talk.Answer, Talk.Event>) {
        // A conductor that is gone takes the whole lab with it: there is nobody left to tell.
        guard let data = try? JSONEncoder().encode(message) else { return }
        try? writing.withLock { _ in try stream.writeLine(String(decoding: data, as: UTF8.self)) }
    }
}

/// Why a role cannot do what it is there for.
package struct RoleFault: Error, CustomStringConvertible {
    package let description: String
}
