import Addressing
import CSSH
import CSodium

/// An SSH key made of 32 bytes, a service PC's own or one that lets a person in; the same seed is the same key.
package struct ServiceHostKey: Hashable, Sendable {
    private static let algorithm = "ssh-ed25519"

    private let seed: [UInt8]
    private let publicKey: [UInt8]

    package init(seed: [UInt8]) throws(DeviceProblem) {
        guard seed.count == Int(crypto_sign_SEEDBYTES) else {
            throw DeviceProblem(.configuration, "an Ed25519 seed has 32 bytes")
        }
        self.seed = seed
        var publicKey = [UInt8](repeating: 0, count: Int(crypto_sign_PUBLICKEYBYTES))
        var secretKey = [UInt8](repeating: 0, count: Int(crypto_sign_SECRETKEYBYTES))
        crypto_sign_seed_keypair(&publicKey, &secretKey, seed)
        self.publicKey = publicKey
    }

    /// The public half as `known_hosts` and `authorized_keys` write it: `ssh-ed25519 AAAA…`.
    package var publicText: String { "\(Self.algorithm) \(Base64.encode(publicBlob))" }

    /// The private half as OpenSSH's programs read it.
    package var privateText: String {
        """
        -----BEGIN OPENSSH PRIVATE KEY-----
        \(Base64.encode(privateFile))
        -----END OPENSSH PRIVATE KEY-----

        """
    }

    /// The key for libssh; the caller frees it.
    func makeKey() throws(DeviceProblem) -> ssh_key {
        var key: ssh_key?
        guard ssh_pki_import_privkey_base64(privateText, nil, nil, nil, &key) == SSH_OK, let key else {
            throw DeviceProblem(.system, "libssh does not take an Ed25519 key")
        }
        return key
    }

    private var publicBlob: [UInt8] { Self.string(Self.algorithm.utf8) + Self.string(publicKey) }

    /// OpenSSH's own format, unencrypted: libssh cannot make the public half of a key that comes without.
    private var privateFile: [UInt8] {
        let check: [UInt8] = [0, 0, 0, 0]
        var secret = check + check + publicBlob + Self.string(seed + publicKey) + Self.string([])
        secret += (1...8).prefix((8 - secret.count % 8) % 8)
        let head = Array("openssh-key-v1\0".utf8) + Self.string("none".utf8) + Self.string("none".utf8)
        return head + Self.string([]) + [0, 0, 0, 1] + Self.string(publicBlob) + Self.string(secret)
    }

    private static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let count = UInt32(bytes.count)
        return [UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)] + bytes
    }
}
