import ControlProtocol

/// Faults that wait for messages of the gateway, and messages that wait to be overtaken.
struct FaultQueue {
    typealias Work = @Sendable (isolated ControlPlaneService) async throws -> Void

    /// More than these at a time nobody can want.
    static let mostFaults = 100

    private(set) var waiting: [SyncFault] = []
    private var late: [SyncFault.Message: [(id: UInt64, work: Work)]] = [:]
    private var lastID: UInt64 = 0

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

    /// - Returns: a number by which the message can be taken when none overtakes it.
    mutating func hold(_ work: @escaping Work, of message: SyncFault.Message) -> UInt64 {
        lastID += 1
        late[message, default: []].append((lastID, work))
        return lastID
    }

    /// The messages that have now been overtaken.
    mutating func takeLate(_ message: SyncFault.Message) -> [Work] {
        (late.removeValue(forKey: message) ?? []).map(\.work)
    }

    mutating func take(_ id: UInt64, of message: SyncFault.Message) -> Work? {
        guard let index = late[message]?.firstIndex(where: { $0.id == id }) else { return nil }
        return late[message]?.remove(at: index).work
    }
}
