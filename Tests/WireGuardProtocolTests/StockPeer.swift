import Addressing
import Foundation
import Glibc

@testable import WireGuardProtocol

/// A stock wireguard-go in namespaces of its own, and a UDP socket that was made beside it.
///
/// A script is process 1 of the namespaces; its standard input is our end of a socket pair. It hands over the UDP
/// socket, and everything in there dies with it as soon as our end is closed.
final class StockPeer {
    static let tunnelAddress = IPv4Address(10, 77, 0, 1)
    static let endpoint = Endpoint(IPv4Address(127, 0, 0, 1), 51_821)

    /// The socket in the peer's network namespace.
    let udp: Int32
    let localPort: UInt16
    private let control: Int32
    private let process = Process()

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts the peer; with `initiates` it is told where the socket is and begins by itself.
    init(privateKey: PrivateKey, other: PublicKey, presharedKey: PresharedKey?, initiates: Bool) throws {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw Failure(description: "socketpair: \(errno)")
        }
        control = ends[0]
        _ = fcntl(control, F_SETFD, FD_CLOEXEC)
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments =
            ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "/usr/bin/env"]
            + ["-u", "WG_PROCESS_FOREGROUND", "python3", "-c", Self.script]
            + [privateKey.base64(), other.description, presharedKey?.base64() ?? "", initiates ? "initiates" : ""]
        process.standardInput = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        close(ends[1])
        guard let (descriptor, port) = Self.receiveDescriptor(over: control) else {
            close(control)
            process.waitUntilExit()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            throw Failure(description: "the stock peer did not start: \(text)")
        }
        udp = descriptor
        localPort = port
        var timeout = timeval(tv_sec: 0, tv_usec: 50_000)
        setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Ends everything in the namespaces and waits for it.
    func stop() {
        close(udp)
        close(control)
        process.waitUntilExit()
    }

    /// Bytes that the peer's own `wg` says it received and sent.
    func transfer() -> (received: Int, sent: Int)? {
        guard write(control, "t", 1) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(control, &buffer, buffer.count)
        let fields = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard fields.count == 3, let received = Int(fields[1]), let sent = Int(fields[2]) else { return nil }
        return (received, sent)
    }

    func send(_ datagram: some Collection<UInt8>) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = Self.endpoint.port.bigEndian
        address.sin_addr.s_addr = Self.endpoint.address.number.bigEndian
        let bytes = Array(datagram)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(udp, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// The next datagram, or `nil` after 50 ms without one.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let count = recv(udp, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// Takes a descriptor, with its port in two bytes beside it.
    private static func receiveDescriptor(over socket: Int32) -> (Int32, UInt16)? {
        var port: UInt16 = 0
        // A control message header of 16 bytes, then the descriptor.
        var ancillary = [UInt8](repeating: 0, count: 24)
        let count = withUnsafeMutableBytes(of: &port) { port in
            ancillary.withUnsafeMutableBytes { ancillary in
                var vector = iovec(iov_base: port.baseAddress, iov_len: port.count)
                return withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    message.msg_iov = vector
                    message.msg_iovlen = 1
                    message.msg_control = ancillary.baseAddress
                    message.msg_controllen = ancillary.count
                    return recvmsg(socket, &message, Int32(MSG_CMSG_CLOEXEC))
                }
            }
        }
        guard count == 2 else { return nil }
        return ancillary.withUnsafeBytes { bytes in
            guard bytes.load(fromByteOffset: 8, as: Int32.self) == SOL_SOCKET else { return nil }
            return (bytes.load(fromByteOffset: 16, as: Int32.self), UInt16(littleEndian: port))
        }
    }

    private static let script = """
        import os, socket, subprocess, sys
        private, other, psk, initiates = sys.argv[1:5]
        def run(*command, text=None):
            done = subprocess.run(command, input=text, text=True, stdin=None if text else subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                sys.exit(f"{command}: {done.stdout}")
            return done.stdout
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        run("mount", "-t", "proc", "proc", "/proc")
        run("ip", "link", "set", "lo", "up")
        control = socket.socket(fileno=0)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        port = udp.getsockname()[1]
        run("wireguard-go", "stock")
        text = f"[Interface]\\nPrivateKey={private}\\nListenPort=51821\\n[Peer]\\nPublicKey={other}\\nAllowedIPs=10.77.0.0/24\\n"
        if psk:
            text += f"PresharedKey={psk}\\n"
        if initiates:
            text += f"Endpoint=127.0.0.1:{port}\\nPersistentKeepalive=1\\n"
        run("wg", "setconf", "stock", "/dev/stdin", text=text)
        run("ip", "addr", "add", "10.77.0.1/24", "dev", "stock")
        run("ip", "link", "set", "stock", "up")
        socket.send_fds(control, [port.to_bytes(2, "little")], [udp.fileno()])
        udp.close()
        while control.recv(1):
            control.sendall(run("wg", "show", "stock", "transfer").encode())
        """
}
