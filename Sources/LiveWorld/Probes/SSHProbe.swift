import AccessModel
import Addressing
import CSSH
import Foundation
import Glibc
import LinuxFabric
import ScenarioModel
import Timebase

/// An SSH session through libssh, on a socket that was made in the laptop's namespace.
///
/// Confined to one thread at a time.
final class SSHProbe {
    /// Who signs in, and how.
    struct Login: Sendable {
        var user: String
        var password: String
    }

    private let session: ssh_session
    /// Ours, beside the copy that libssh closes: the state of the connection can be read from it at any time.
    let descriptor: Int32
    /// The copy that libssh was handed.
    private let handedOver: Int32

    init(from namespace: NetworkNamespace, to endpoint: Endpoint, login: Login, deadline: Moment) throws {
        let socket = try ProbeSocket(from: namespace, to: endpoint, deadline: deadline)
        guard let session = ssh_new() else { throw LinuxError("ssh_new", ENOMEM) }
        self.session = session
        descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 3)
        handedOver = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 3)
        var given = handedOver
        var no: Int32 = 0
        var seconds: Int = max(1, Int(deadline.since(.now).seconds.rounded(.up)))
        ssh_options_set(session, SSH_OPTIONS_HOST, endpoint.address.description)
        ssh_options_set(session, SSH_OPTIONS_FD, &given)
        ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no)
        ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &seconds)
        ssh_options_set(session, SSH_OPTIONS_USER, login.user)
        guard ssh_connect(session) == SSH_OK else { throw failure("SSH greeting") }
        guard ssh_userauth_password(session, nil, login.password) == SSH_AUTH_SUCCESS.rawValue else {
            throw ProbeFailure(outcome: .answered, description: "SSH: \(login.user) may not sign in: \(lastError)")
        }
    }

    deinit {
        ssh_disconnect(session)
        ssh_free(session)
        // Some ways out of libssh close the socket that it was handed and some do not: is the number still our socket?
        if Self.socketNumber(handedOver) == Self.socketNumber(descriptor) { close(handedOver) }
        close(descriptor)
    }

    /// What tells a socket from all others; `nil` for a number that is closed.
    private static func socketNumber(_ descriptor: Int32) -> UInt? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt(status.st_ino) : nil
    }

    /// Who answered, by the version string: `SSH-2.0-MiroxRig_<plant>/<device>`, in which `-` stands as `_`.
    ///
    /// - Parameter candidates: devices that it could be; among them the exact name is found again.
    func identity(among candidates: [DeviceReference]) -> DeviceReference? {
        guard let banner = ssh_get_serverbanner(session) else { return nil }
        let text = String(cString: banner)
        guard let start = text.range(of: "MiroxRig_") else { return nil }
        let name = text[start.upperBound...]
        if let exact = candidates.first(where: { $0.description.replacing("-", with: "_") == name }) { return exact }
        let parts = name.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return DeviceReference(plant: .init(String(parts[0])), device: String(parts[1]))
    }

    /// Runs a command and gives what it prints, 1 MiB at most.
    func run(_ command: String) throws -> String {
        let channel = try openChannel()
        defer { ssh_channel_free(channel) }
        guard ssh_channel_request_exec(channel, command) == SSH_OK else { throw failure("exec") }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while output.count < 1 << 20 {
            let count = ssh_channel_read(channel, &buffer, UInt32(buffer.count), 0)
            guard count > 0 else { break }
            output += buffer[..<Int(count)]
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Opens a shell that `beat` then talks to.
    func openShell() throws -> Shell {
        let channel = try openChannel()
        guard ssh_channel_request_shell(channel) == SSH_OK else {
            ssh_channel_free(channel)
            throw failure("shell")
        }
        return Shell(channel: channel, probe: self)
    }

    /// A shell without a terminal.
    struct Shell: ~Copyable {
        fileprivate let channel: ssh_channel
        /// The channel lives in its session.
        fileprivate let probe: SSHProbe

        deinit { ssh_channel_free(channel) }

        /// Types a command and waits until its answer has come.
        ///
        /// - Returns: false when nothing came in time or the connection ended.
        func beat(limitMilliseconds: Int32) -> Bool {
            let word = "hostname\n"
            guard ssh_channel_write(channel, word, UInt32(word.utf8.count)) == Int32(word.utf8.count) else {
                return false
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            return ssh_channel_read_timeout(channel, &buffer, UInt32(buffer.count), 0, limitMilliseconds) > 0
        }
    }

    private func openChannel() throws -> ssh_channel {
        guard let channel = ssh_channel_new(session) else { throw failure("channel") }
        guard ssh_channel_open_session(channel) == SSH_OK else {
            ssh_channel_free(channel)
            throw failure("channel")
        }
        return channel
    }

    private var lastError: String {
        ssh_get_error(UnsafeMutableRawPointer(session)).map { String(cString: $0) } ?? "no reason given"
    }

    private func failure(_ what: String) -> ProbeFailure {
        let outcome: Condition.Outcome =
            switch TCPState(of: descriptor) {
            case .reset: .reset
            case .closed: .reset
            case .established: .timeout
            }
        return ProbeFailure(outcome: outcome, description: "\(what): \(lastError)")
    }
}
