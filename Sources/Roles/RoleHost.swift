import Foundation
package import LabProtocol
import LinuxFabric

/// The role's end of its conversation with the conductor.
package final class RoleHost<Talk: Conversation>: Sendable {
    /// The descriptor that a role inherits for the conversation.
    package static var channelDescriptor: Int32 { 3 }

    package let configuration: Talk.Configuration
    private let channel: LineChannel

    /// Reads the role's configuration and takes over the inherited channel.
    package init(configurationPath: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: configurationPath))
        configuration = try JSONDecoder().decode(Talk.Configuration.self, from: data)
        channel = LineChannel(descriptor: Self.channelDescriptor)
    }

    package func report(_ event: Talk.Event) {
        send(.event(event))
    }

    /// Says that the role is ready and answers requests until the conductor is gone, then ends the process.
    package func serve(_ answer: @escaping @Sendable (Talk.Verb) async throws -> Talk.Answer) async {
        let (lines, continuation) = AsyncStream<[UInt8]>.makeStream()
        channel.read(line: { continuation.yield($0) }, end: { continuation.finish() })
        report(Talk.ready)
        await withDiscardingTaskGroup { group in
            for await line in lines {
                guard let request = try? JSONDecoder().decode(Request<Talk.Verb>.self, from: Data(line)) else {
                    continue
                }
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
        if let line = try? JSONEncoder().encode(message) { channel.send(line) }
    }
}
