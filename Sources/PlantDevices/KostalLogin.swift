import Crypto
import Foundation

/// One login under way: SCRAM-SHA-256, and the session key that both sides work out from it.
struct KostalLogin: Sendable {
    let user: String
    let clientNonce: String
    let serverNonce: String
    let transaction: String
    let salt: String
    let rounds: Int
    let token: String
    var isProven = false

    init(user: String, clientNonce: String, salt: String, rounds: Int) {
        self.user = user
        self.clientNonce = clientNonce
        self.salt = salt
        self.rounds = rounds
        serverNonce = Data(Self.random(12)).base64EncodedString()
        transaction = Data(Self.random(16)).base64EncodedString()
        token = Self.random(16).map { String($0, radix: 16) }.joined()
    }

    static func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255) } }

    /// PBKDF2 with HMAC-SHA-256, one block.
    static func salted(_ password: String, _ salt: [UInt8], rounds: Int) -> SymmetricKey {
        let key = SymmetricKey(data: Data(password.utf8))
        var block = Array(HMAC<SHA256>.authenticationCode(for: salt + [0, 0, 0, 1], using: key))
        var result = block
        for _ in 1..<rounds {
            block = Array(HMAC<SHA256>.authenticationCode(for: block, using: key))
            for index in result.indices { result[index] ^= block[index] }
        }
        return SymmetricKey(data: result)
    }

    /// Whether the client knows the password.
    func isProof(_ proof: Data, salted: SymmetricKey) -> Bool {
        let clientKey = clientKey(salted)
        let signature = Self.hmac(message, Data(SHA256.hash(data: clientKey)))
        guard proof.count == clientKey.count else { return false }
        return zip(zip(proof, signature), clientKey).allSatisfy { $0.0 ^ $0.1 == $1 }
    }

    func serverSignature(salted: SymmetricKey) -> Data {
        Self.hmac(message, Self.hmac(Data("Server Key".utf8), salted))
    }

    /// Whether the payload is the token, sealed with the session's key.
    func opens(_ payload: Data, nonce: Data, tag: Data, salted: SymmetricKey) -> Bool {
        let clientKey = clientKey(salted)
        let stored = Data(SHA256.hash(data: clientKey))
        let key = SymmetricKey(data: Self.hmac(Data("Session Key".utf8) + message + clientKey, stored))
        guard let nonce = try? AES.GCM.Nonce(data: nonce),
            let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: payload, tag: tag),
            let opened = try? AES.GCM.open(box, using: key)
        else { return false }
        return opened == Data(token.utf8)
    }

    private func clientKey(_ salted: SymmetricKey) -> Data { Self.hmac(Data("Client Key".utf8), salted) }

    /// What both sides sign.
    private var message: Data {
        Data(
            "n=\(user),r=\(clientNonce),r=\(serverNonce),s=\(salt),i=\(rounds),c=biws,r=\(serverNonce)".utf8)
    }

    private static func hmac(_ message: Data, _ key: Data) -> Data { hmac(message, SymmetricKey(data: key)) }

    private static func hmac(_ message: Data, _ key: SymmetricKey) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: message, using: key))
    }
}
