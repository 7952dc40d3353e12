import Foundation
import Glibc
import Synchronization

/// A listening socket on loopback, as a role would make one in a plant's namespace.
struct Listener {
    let descriptor: Int32
    let port: UInt16

    /// An address of this process alone, so that a port that a test has closed is closed, whoever else runs tests here.
    private static let address = UInt32(0x7F40_0000) | UInt32(getpid()) & 0x3F_FFFF
    /// That address as text.
    static let host = "127.\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    /// Ports are taken one after the other and none twice.
    private static let nextPort = Atomic<UInt16>(20_000)

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try demand(descriptor >= 0, "socket")
        for _ in 0..<1000 {
            let port = Self.nextPort.add(1, ordering: .relaxed).oldValue
            guard Self.bind(descriptor, port) else { continue }
            self.port = port
            return
        }
        throw SystemFailure(description: "no free port")
    }

    private static func bind(_ descriptor: Int32, _ port: UInt16) -> Bool {
        var address = loopback(port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        } && listen(descriptor, 128) == 0
    }

    static func loopback(port: UInt16) -> sockaddr_in {
        sockaddr_in(
            sin_family: sa_family_t(AF_INET), sin_port: port.bigEndian,
            sin_addr: in_addr(s_addr: Self.address.bigEndian), sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
    }
}

struct SystemFailure: Error, CustomStringConvertible {
    let description: String
}

func demand(_ holds: Bool, _ what: String) throws {
    guard holds else { throw SystemFailure(description: "\(what): \(String(cString: strerror(errno)))") }
}

/// A blocking TCP client with a time limit on every read.
final class Client: Sendable {
    let descriptor: Int32

    init(port: UInt16, timeoutSeconds: Int = 5) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        // The one for sending is that of a connection under way as well.
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = Listener.loopback(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try demand(connected, "connect")
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        try demand(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count, "send")
    }

    /// What comes next; empty when the other side has closed, nil when it reset the connection or says nothing.
    func receive(atMost count: Int = 4096) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &bytes, count, 0)
        return received < 0 ? nil : Array(bytes.prefix(received))
    }

    /// Exactly so many bytes, or as many as there were before the end.
    func receive(exactly count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let more = receive(atMost: count - bytes.count), !more.isEmpty { bytes += more }
        return bytes
    }

    /// Whether the connection is over, by a close or by a reset.
    var isOver: Bool {
        var byte: UInt8 = 0
        let received = recv(descriptor, &byte, 1, 0)
        return received == 0 || received < 0 && errno != EAGAIN
    }

    /// Breaks the connection the hard way.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        shutdown(descriptor, Int32(SHUT_RD))
    }
}

extension Client {
    /// One Modbus request and its answer's PDU.
    func modbus(_ pdu: [UInt8], unit: UInt8 = 1, transaction: UInt16 = 7) throws -> [UInt8] {
        try send(modbusFrame(pdu, unit: unit, transaction: transaction))
        return try modbusAnswer(transaction: transaction)
    }

    func modbusAnswer(transaction: UInt16 = 7) throws -> [UInt8] {
        let header = receive(exactly: 7)
        guard header.count == 7 else { throw SystemFailure(description: "no answer, but \(header)") }
        guard header[0] == UInt8(transaction >> 8), header[1] == UInt8(transaction & 255) else {
            throw SystemFailure(description: "the answer is for transaction \(header.prefix(2))")
        }
        return receive(exactly: (Int(header[4]) << 8 | Int(header[5])) - 1)
    }

    /// The registers there.
    func registers(_ address: Int, _ count: Int) throws -> [UInt16] {
        let answer = try modbus([3, UInt8(address >> 8), UInt8(address & 255), UInt8(count >> 8), UInt8(count & 255)])
        guard answer.count == 2 + 2 * count, answer[0] == 3 else {
            throw SystemFailure(description: "read \(address): \(answer)")
        }
        return (0..<count).map { UInt16(answer[2 + 2 * $0]) << 8 | UInt16(answer[3 + 2 * $0]) }
    }

    func write(_ address: Int, _ value: UInt16) throws -> [UInt8] {
        try modbus([6, UInt8(address >> 8), UInt8(address & 255), UInt8(value >> 8), UInt8(value & 255)])
    }
}

func modbusFrame(_ pdu: [UInt8], unit: UInt8 = 1, transaction: UInt16 = 7) -> [UInt8] {
    let length = pdu.count + 1
    return [UInt8(transaction >> 8), UInt8(transaction & 255), 0, 0, UInt8(length >> 8), UInt8(length & 255), unit]
        + pdu
}

/// Registers as the text in them.
func text(_ registers: some Collection<UInt16>) -> String {
    let bytes = registers.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
}

/// Whether nobody listens on a port, or soon nobody does.
///
/// A program that another test starts holds copies of all our sockets for a moment, between fork and exec, so that one
/// that was closed may live on for that long.
func isRefused(_ port: UInt16) async throws -> Bool {
    for _ in 0..<500 {
        guard (try? Client(port: port)) != nil else { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}
