import Glibc

/// One client of a Modbus device: its descriptor and the bytes under way in both directions, both bounded.
///
/// Confined to the thread of the Modbus server.
final class ModbusConnection {
    enum Next {
        case none
        case frame(ArraySlice<UInt8>)
        case broken
    }

    /// A request that has begun must be complete within this time.
    private static let frameSeconds = 10.0
    /// Answers that the client has not taken; when there are more, no further request is read.
    private static let outputLimitBytes = 4096
    private static let inputLimitBytes = 4 * ModbusFrame.maximumBytes

    private let descriptor: Int32
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var lastRequest: Double
    private var frameBegan: Double?
    private var registered = (readable: true, writable: false)

    init(_ descriptor: Int32, at now: Double) {
        self.descriptor = descriptor
        lastRequest = now
    }

    var hasRoom: Bool { output.count < Self.outputLimitBytes }
    var wantsToRead: Bool { hasRoom }
    var wantsToWrite: Bool { !output.isEmpty }

    /// Whether the poller must be told of a new interest.
    func interestChanged() -> Bool {
        let wanted = (readable: wantsToRead, writable: wantsToWrite)
        defer { registered = wanted }
        return wanted != registered
    }

    /// Reads once; false when the client has closed.
    func receive() -> Bool {
        let room = Self.inputLimitBytes - input.count
        guard room > 0 else { return true }
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
            count = recv(descriptor, buffer.baseAddress, room, 0)
            initialized = max(0, count)
        }
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        input += bytes
        return count > 0
    }

    func nextFrame() -> Next {
        switch ModbusFrame.cut(input) {
        case .broken: return .broken
        case .incomplete:
            frameBegan = input.isEmpty ? nil : frameBegan ?? monotonicSeconds()
            // An idle connection holds no memory.
            if input.isEmpty { input = [] }
            return .none
        case .whole(let count):
            let frame = input.prefix(count)
            input = Array(input.dropFirst(count))
            frameBegan = nil
            return .frame(frame)
        }
    }

    /// Sends what the client takes now and keeps the rest; false when it has gone.
    func send(_ bytes: [UInt8], at now: Double) -> Bool {
        lastRequest = now
        output += bytes
        return flush()
    }

    func flush() -> Bool {
        guard !output.isEmpty else { return true }
        let count = output.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        output = count == output.count ? [] : Array(output.dropFirst(count))
        return true
    }

    func isOverdue(at now: Double, idleLimitSeconds: Double) -> Bool {
        if let frameBegan, now - frameBegan > Self.frameSeconds { return true }
        return now - lastRequest > idleLimitSeconds
    }
}
