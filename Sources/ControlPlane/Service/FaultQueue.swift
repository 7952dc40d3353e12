import ControlProtocol

/// Faults that wait for messages of the gateway, and messages that wait to be overtaken.
struct FaultQueue {
    typealias Work = @Sendable (isolated ControlPlaneService) async throws -> Void

    /// More than these at a time nobody can want.
    static let mostFaults = 100

    private(set) var waiting: [SyncFault] = []
    private var late: [SyncFault.Message: [Work]] = [:]

    /// - Returns: false when there are too many.
    mutating func add(_ fault: SyncFault) -> Bool {
        guard waiting.count < Self.mostFaults else { return false }
        waiting.append(fault)
        return true
    }

    mutating func removeAll() { waiting = [] }

    /// What befalls this message.
    mutating func next(for message: SyncFault.Message) -> SyncFault? {
        guard let index = waiting.firstIndex(where: { $0.message == message }) else { return nil }
        let fault = waiting[index]
        let left = (fault.count ?? 1) - 1
        if left > 0 { waiting[index].count = left } else { waiting.remove(at: index) }
        return fault
    }

    mutating func hold(_ work: @escaping Work, of message: SyncFault.Message) {
        late[message, default: []].append(work)
    }

    /// The messages that have now been overtaken.
    mutating func takeLate(_ message: SyncFault.Message) -> [Work] { late.removeValue(forKey: message) ?? [] }
}
