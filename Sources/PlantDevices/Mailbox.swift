import CLinux
import Glibc
import Synchronization

/// Messages for a service thread, which is woken by a descriptor.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var isOpen = true
    }

    /// Readable while messages wait.
    let bell: Int32
    private let state = Mutex(State())

    init() throws(DeviceProblem) {
        bell = clinux_eventfd()
        guard bell >= 0 else { throw .system("eventfd", -bell) }
    }

    deinit { close(bell) }

    /// Leaves a message; false when nobody will read it any more.
    func post(_ message: Message) -> Bool {
        let isOpen = state.withLock { state in
            if state.isOpen { state.messages.append(message) }
            return state.isOpen
        }
        if isOpen { _ = clinux_eventfd_signal(bell) }
        return isOpen
    }

    func take() -> [Message] {
        _ = clinux_eventfd_clear(bell)
        return state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// Takes what is left and accepts nothing any more.
    func shut() -> [Message] {
        state.withLock { state in
            defer { state.messages = [] }
            state.isOpen = false
            return state.messages
        }
    }
}
