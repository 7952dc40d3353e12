import Addressing

/// The lines with which a packet reader opens the tunnels of an engine, as Wireshark names them.
///
/// Nothing but these lines ever holds an engine's secrets as text, and only an engine whose `keyLog` is set makes them: a gateway's, never a
/// person's.
enum KeyLog {
    static func staticKey(_ bytes: UnsafeRawPointer) -> String { line("LOCAL_STATIC_PRIVATE_KEY", bytes) }

    static func remoteKey(_ key: PublicKey) -> String { "REMOTE_STATIC_PUBLIC_KEY = \(key)" }

    static func ephemeral(_ bytes: UnsafeRawPointer) -> String { line("LOCAL_EPHEMERAL_PRIVATE_KEY", bytes) }

    static func presharedKey(_ bytes: UnsafeRawPointer) -> String { line("PRESHARED_KEY", bytes) }

    private static func line(_ name: String, _ bytes: UnsafeRawPointer) -> String {
        "\(name) = \(Base64.encode(UnsafeRawBufferPointer(start: bytes, count: 32)))"
    }
}

extension Engine {
    /// Told the lines of each new handshake before its message goes out; `nil`: no secret is ever written down.
    package func setKeyLog(_ take: (([String]) -> Void)?) {
        keyLog = take
        take?([KeyLog.staticKey(privateKey.bytes)])
    }

    /// Tells the ephemeral key of a handshake with a peer, and the preshared key where there is one.
    func logKeys(of peer: Peer, ephemeral: UnsafeRawPointer) {
        guard let keyLog else { return }
        var lines = [KeyLog.remoteKey(peer.publicKey), KeyLog.ephemeral(ephemeral)]
        let secret = UnsafeRawBufferPointer(start: peer.secrets.presharedKey, count: PresharedKey.byteCount)
        if secret.contains(where: { $0 != 0 }) { lines.append(KeyLog.presharedKey(peer.secrets.presharedKey)) }
        keyLog(lines)
    }
}
