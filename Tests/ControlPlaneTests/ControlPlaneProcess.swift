import Foundation
import Glibc
import Testing

/// A real control plane in a process of its own, and the plainest of HTTP clients for it.
final class ControlPlaneProcess: Sendable {
    struct Failure: Error, CustomStringConvertible { var description: String }

    let port: UInt16
    private let identifier: pid_t

    static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../.build/debug/mirox-rig").standardized.path

    static func words(database: String, seed: String) -> [String] {
        [program, "control-plane", "--database", database, "--seed", seed, "--listen", "127.0.0.1:0"]
    }

    /// Starts it and waits until it serves.
    init(_ words: [String]) throws {
        var pipe: [Int32] = [0, 0]
        guard Glibc.pipe(&pipe) == 0 else { throw Failure(description: "pipe: \(errno)") }
        for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var identifier: pid_t = 0
        let result = posix_spawnp(&identifier, words[0], &actions, nil, &arguments, environ)
        close(pipe[1])
        defer { close(pipe[0]) }
        guard result == 0 else { throw Failure(description: "\(words[0]): \(String(cString: strerror(result)))") }
        self.identifier = identifier
        var printed = ""
        var byte: UInt8 = 0
        while read(pipe[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") {
            printed.append(Character(UnicodeScalar(byte)))
        }
        guard printed.hasPrefix("serving "), let port = printed.split(separator: ":").last.flatMap({ UInt16($0) })
        else {
            kill(identifier, SIGKILL)
            waitpid(identifier, nil, 0)
            throw Failure(description: printed)
        }
        self.port = port
    }

    /// Ends it as a power cut would, and waits until it is gone.
    func killNow() {
        kill(identifier, SIGKILL)
        waitpid(identifier, nil, 0)
    }

    struct Answer {
        var status: Int
        var body: Data
        /// The `ETag`, if there is one.
        var tag: String?

        func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try JSONDecoder().decode(type, from: body)
        }
    }

    /// One request on a connection of its own.
    ///
    /// - Throws: when there is no whole answer.
    func call(
        _ method: String, _ path: String, as who: String, _ body: (any Encodable)? = nil,
        headers: [String: String] = [:]
    ) throws -> Answer {
        let content = try body.map { try JSONEncoder().encode($0) } ?? Data()
        var request = "\(method) /api/v1/\(path) HTTP/1.1\r\nHost: rig\r\nConnection: close\r\n"
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        request += "Authorization: Bearer token-of-\(who)\r\nContent-Length: \(content.count)\r\n\r\n"
        let answer = try exchange(Data(request.utf8) + content)
        guard let end = answer.range(of: Data("\r\n\r\n".utf8)) else { throw Failure(description: "no answer") }
        let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self).lowercased()
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        let length = head.components(separatedBy: "content-length: ").dropFirst().first
            .flatMap { Int($0.prefix { $0.isNumber }) }
        let rest = answer[end.upperBound...]
        guard let status, status == 204 || rest.count == length else { throw Failure(description: "half an answer") }
        let tag = head.components(separatedBy: "etag: ").dropFirst().first.map { String($0.prefix { $0 != "\r" }) }
        return Answer(status: status, body: Data(rest), tag: tag)
    }

    private func exchange(_ request: Data) throws -> Data {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(description: "connect: \(errno)") }
        var sent = 0
        let bytes = [UInt8](request)
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(errno)") }
            sent += count
        }
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Failure(description: "recv: \(errno)") }
            if count == 0 { return answer }
            answer.append(contentsOf: buffer[..<count])
        }
    }
}
