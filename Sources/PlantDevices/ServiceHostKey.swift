import Addressing
import CSSH

/// An SSH key made of 32 bytes, a service PC's own or one that lets a person in; the same seed is the same key.
package struct ServiceHostKey: Hashable, Sendable {
    private let seed: [UInt8]
    /// The public half as `known_hosts` and `authorized_keys` write it: `ssh-ed25519 AAAA…`.
    package let publicText: String

    package init(seed: [UInt8]) throws(DeviceFault) {
        guard seed.count == 32 else { throw DeviceFault(.configuration, "an Ed25519 seed has 32 bytes") }
        self.seed = seed
        let key = try Self.key(from: seed)
        defer { ssh_key_free(key) }
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else {
            throw DeviceFault(.system, "libssh cannot export a public key")
        }
        defer { ssh_string_free_char(text) }
        publicText = "ssh-ed25519 " + String(cString: text)
    }

    /// The private half as OpenSSH's programs read it, for a key that lets a person in.
    package func privateText() throws(DeviceFault) -> String {
        let key = try makeKey()
        defer { ssh_key_free(key) }
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_privkey_base64(key, nil, nil, nil, &text) == SSH_OK, let text else {
            throw DeviceFault(.system, "libssh cannot export a private key")
        }
        defer { ssh_string_free_char(text) }
        return String(cString: text)
    }

    /// The key for libssh; the caller frees it.
    func makeKey() throws(DeviceFault) -> ssh_key {
        try Self.key(from: seed)
    }

    private static func key(from seed: [UInt8]) throws(DeviceFault) -> ssh_key {
        // PKCS #8 of RFC 8410: a fixed head (version, Ed25519, an octet string of an octet string), then the seed.
        let head: [UInt8] = [
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        let pem = "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(head + seed))\n-----END PRIVATE KEY-----\n"
        var key: ssh_key?
        guard ssh_pki_import_privkey_base64(pem, nil, nil, nil, &key) == SSH_OK, let key else {
            throw DeviceFault(.system, "libssh does not take an Ed25519 key")
        }
        return key
    }
}
