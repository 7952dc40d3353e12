import AccessModel
import Addressing
import ControlProtocol
import DataPlane
import Glibc
import LinuxFabric
import Timebase
import WireGuardProtocol

/// Handshakes at a responder, ours or another: initiations made beforehand, so that the responder is what is measured.
enum Flood {
    private static let keyBytes = 32

    static func freshKey() throws -> PrivateKey {
        var bytes = [UInt8](repeating: 0, count: keyBytes)
        bytes.withUnsafeMutableBytes { SystemSources.entropy($0) }
        guard let key = PrivateKey(bytes: bytes) else { throw WorkloadFault(description: "no key") }
        return key
    }

    /// Writes the responder's key and the peers' to `keys`, and a `wg setconf` file of them to `hub.conf`.
    static func writeKeys(count: Int, folder: String) throws {
        var keys: [UInt8] = []
        for _ in 0...count {
            var bytes = [UInt8](repeating: 0, count: keyBytes)
            bytes.withUnsafeMutableBytes { SystemSources.entropy($0) }
            keys += bytes
        }
        var text = "[Interface]\nPrivateKey = \(Base64.encode(Array(keys[..<keyBytes])))\nListenPort = 51820\n"
        for index in 1...max(count, 1) where index <= count {
            let key = try key(index, of: keys).publicKey
            text += "[Peer]\nPublicKey = \(key)\nAllowedIPs = \(tunnelAddress(index))/32\n"
        }
        try write(keys, to: "\(folder)/keys")
        try write(Array(text.utf8), to: "\(folder)/hub.conf")
    }

    private static func key(_ index: Int, of keys: [UInt8]) throws -> PrivateKey {
        guard let key = PrivateKey(bytes: Array(keys[index * keyBytes..<(index + 1) * keyBytes])) else {
            throw WorkloadFault(description: "no key \(index)")
        }
        return key
    }

    private static func tunnelAddress(_ index: Int) -> IPv4Address {
        IPv4Address(number: IPv4Address(100, 64, 0, 1).number + UInt32(index))
    }

    /// Our gateway with those peers, until it is killed.
    static func serve(address: String, port: Int, folder: String) async throws {
        guard let wan = IPv4Address(address) else { throw WorkloadFault(description: "'\(address)' is no address") }
        let keys = try read("\(folder)/keys")
        let shell = try GatewayShell(
            GatewayShellConfiguration(privateKey: try key(0, of: keys), wan: Endpoint(wan, UInt16(port))))
        let people = try (1..<keys.count / keyBytes).map { index in
            PersonEntry(
                person: PersonID("person-\(1_000_000 + index)"), publicKey: try key(index, of: keys).publicKey,
                tunnelAddress: tunnelAddress(index), routes: [])
        }
        let view = ReleasedView(people: people, agents: [])
        let acknowledgement = try await shell.apply(
            Revision(number: 1, generation: 1, hash: view.contentHash, content: .snapshot(view)))
        guard acknowledgement.outcome == .applied else {
            throw WorkloadFault(description: "the gateway does not take the peers: \(acknowledgement)")
        }
        print("ready")
        fflush(nil)
        try await Task.sleep(for: .seconds(3600))
    }

    private struct Initiation {
        var message: [UInt8]
        /// Kept for some, to see that the answers are right.
        var engine: Engine?
    }

    private static func initiations(_ keys: [UInt8], endpoint: Endpoint) throws -> [Initiation] {
        let hub = try key(0, of: keys).publicKey
        return try (1..<keys.count / keyBytes).map { index in
            let engine = Engine(
                privateKey: try key(index, of: keys), entropy: SystemSources.entropy,
                wallClock: SystemSources.wallClock)
            let peer = try engine.addPeer(PeerConfiguration(publicKey: hub, endpoint: endpoint), at: .now)
            engine.forceHandshake(peer, at: .now)
            guard case .datagram(let message, _, _)? = engine.nextOutput() else {
                throw WorkloadFault(description: "no initiation")
            }
            return Initiation(message: message, engine: index % 61 == 0 ? engine : nil)
        }
    }

    /// - Returns: handshakes answered per second, answered, sent, cookie replies, right and wrong among those looked at.
    static func run(address: String, port: Int, folder: String, window: Int, seconds: Int) throws -> String {
        guard let ip = IPv4Address(address) else { throw WorkloadFault(description: "'\(address)' is no address") }
        let initiations = try initiations(try read("\(folder)/keys"), endpoint: Endpoint(ip, UInt16(port)))
        var watched: [pollfd] = []
        for index in 0..<64 {
            let descriptor = try Sockets.open(stream: false)
            guard try Sockets.use(descriptor, "127.1.\(index / 16).\(index % 16 + 1)", 0, bind) == 0,
                try Sockets.use(descriptor, address, port, connect) == 0
            else { throw WorkloadFault(description: "no source address: errno \(errno)") }
            watched.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
        var (sent, answered, cookies, inFlight, right, wrong) = (0, 0, 0, 0, 0, 0)
        var room = [UInt8](repeating: 0, count: 256)
        var samples: [UInt32: Int] = [:]
        for (index, initiation) in initiations.enumerated() where initiation.engine != nil {
            samples[number(initiation.message, 4)] = index
        }
        var kept: [(Int, [UInt8])] = []
        let start = Sockets.now
        var last = start
        while Sockets.now - start < Double(seconds), sent < initiations.count || inFlight > 0 {
            while inFlight < window, sent < initiations.count {
                let message = initiations[sent].message
                _ = send(watched[sent % watched.count].fd, message, message.count, 0)
                sent += 1
                inFlight += 1
            }
            if poll(&watched, nfds_t(watched.count), 5) == 0, Sockets.now - last > 0.25 {
                // What is not answered by now will not be.
                inFlight = 0
                last = Sockets.now
            }
            for socket in watched where socket.revents != 0 {
                while true {
                    let count = recv(socket.fd, &room, room.count, 0)
                    guard count > 0 else { break }
                    last = Sockets.now
                    inFlight -= 1
                    guard count == 92 else {
                        cookies += 1
                        continue
                    }
                    answered += 1
                    if let index = samples[number(room, 8)] { kept.append((index, Array(room[..<92]))) }
                }
            }
        }
        let elapsed = max(last - start, 1e-6)
        for (index, answer) in kept {
            var answer = answer
            let received = answer.withUnsafeMutableBytes {
                initiations[index].engine?.receive($0, from: Endpoint(ip, UInt16(port)), to: nil, at: .now)
            }
            if received == .handled { right += 1 } else { wrong += 1 }
        }
        return "\(Int(Double(answered) / elapsed)) \(answered) \(sent) \(cookies) \(right) \(wrong)"
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "we") else { throw WorkloadFault(description: "cannot write \(path)") }
        defer { fclose(file) }
        fwrite(bytes, 1, bytes.count, file)
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else { throw WorkloadFault(description: "cannot read \(path)") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 20)
        bytes.removeSubrange(fread(&bytes, 1, bytes.count, file)...)
        return bytes
    }
}
