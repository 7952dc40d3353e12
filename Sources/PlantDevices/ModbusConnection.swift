import Glibc

/// One client of a Modbus device: its descriptor and the bytes under way in both directions, both bounded.
///
/// Confined to the thread of the Modbus server.
final class ModbusConnection {
    /// Bytes that are to be sent at a moment.
    struct Piece {
        var due: Double
        var bytes: [UInt8]
    }

    /// A request that has begun must be complete within this time.
    private static let frameSeconds = 10.0
    /// Answers that the client has not taken; when there are more, no further request is read.
    private static let outputLimitBytes = 4096
    static let inputLimitBytes = 4 * ModbusFrame.maximumBytes

    let descriptor: Int32
    /// At whose address it arrived; that one's limits count.
    let host: ModbusDevice
    /// Who answers: the host, unless another device has taken its address.
    let answerer: ModbusDevice
    /// Accepted, and never answered.
    let isGhost: Bool
    /// Older connections have lower numbers.
    let number: UInt64
    var isEnded = false
    /// What came and is not answered yet.
    var input: [UInt8] = []
    /// Answers that wait for their moment; the device thinks, and reads nothing meanwhile.
    var pieces: [Piece] = []
    private var output: [UInt8] = []
    private var lastRequest: Double
    private var frameBegan: Double?
    private var registered = (readable: true, writable: false)

    init(
        _ descriptor: Int32, at host: ModbusDevice, answeredBy answerer: ModbusDevice, isGhost: Bool, number: UInt64,
        at now: Double
    ) {
        self.descriptor = descriptor
        self.host = host
        self.answerer = answerer
        self.isGhost = isGhost
        self.number = number
        lastRequest = now
    }

    /// Whether another request may be answered now.
    var hasRoom: Bool { output.count < Self.outputLimitBytes && pieces.isEmpty }
    var wantsToRead: Bool { hasRoom && input.count < Self.inputLimitBytes }
    var wantsToWrite: Bool { !output.isEmpty }

    /// Whether the poller must be told of a new interest.
    func interestChanged() -> Bool {
        let wanted = (readable: wantsToRead, writable: wantsToWrite)
        defer { registered = wanted }
        return wanted != registered
    }

    /// Keeps what no whole frame could be made of.
    func keep(_ rest: UnsafeBufferPointer<UInt8>, at now: Double) {
        if rest.isEmpty {
            // An idle connection holds no memory.
            if !input.isEmpty { input = [] }
            frameBegan = nil
        } else {
            input = Array(rest)
            frameBegan = frameBegan ?? now
        }
    }

    func noteRequest(at now: Double) {
        lastRequest = now
        frameBegan = nil
    }

    /// Sends what the client takes now and keeps the rest; false when it has gone.
    func send(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard output.isEmpty else {
            output += bytes
            return flush()
        }
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if count < 0 {
            guard errno == EAGAIN || errno == EINTR else { return false }
            output += bytes
        } else if count < bytes.count {
            output += bytes[count...]
        }
        return true
    }

    func flush() -> Bool {
        guard !output.isEmpty else { return true }
        let count = output.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        output = count == output.count ? [] : Array(output.dropFirst(count))
        return true
    }

    func isOverdue(at now: Double, idleSeconds: Double) -> Bool {
        if let frameBegan, pieces.isEmpty, now - frameBegan > Self.frameSeconds { return true }
        return now - lastRequest > idleSeconds
    }
}
