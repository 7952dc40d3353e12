import Crypto
import DeviceModel
import NIOSSL

/// A certificate that a device has signed itself, as most devices in plants have.
///
/// Nobody vouches for it: a browser warns, `curl` wants `-k`. The key is made of the device's names, so it stays the same.
struct SelfSignedCertificate {
    private let key: P256.Signing.PrivateKey
    private let identity: DeviceIdentity

    init(for identity: DeviceIdentity) throws(DeviceProblem) {
        self.identity = identity
        let seed = SHA256.hash(data: Array("tls \(identity)".utf8))
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: Array(seed)) else {
            throw DeviceProblem(.system, "no key could be made for \(identity)")
        }
        self.key = key
    }

    /// What NIO encrypts connections with.
    func context() throws(DeviceProblem) -> NIOSSLContext {
        do {
            let certificate = try NIOSSLCertificate(bytes: try encoded(), format: .der)
            let key = try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der)
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw DeviceProblem(.system, "a certificate for \(identity): \(error)")
        }
    }

    /// X.509, in DER.
    private func encoded() throws -> [UInt8] {
        let algorithm = DER.sequence([DER.object([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])])
        let commonName = DER.sequence([
            DER.object([0x55, 0x04, 0x03]), DER.tagged(0x0C, Array("\(identity.device).\(identity.plant)".utf8)),
        ])
        let name = DER.sequence([DER.tagged(0x31, commonName)])
        let validity = DER.sequence([
            DER.tagged(0x17, Array("200101000000Z".utf8)), DER.tagged(0x17, Array("491231235959Z".utf8)),
        ])
        let body = DER.sequence([
            DER.tagged(0xA0, DER.tagged(0x02, [2])), DER.tagged(0x02, [1]), algorithm, name, validity, name,
            Array(key.publicKey.derRepresentation),
        ])
        let signature = try key.signature(for: body)
        return DER.sequence([body, algorithm, DER.tagged(0x03, [0] + Array(signature.derRepresentation))])
    }
}

/// The little of ASN.1's distinguished encoding that certificates and SNMP need.
enum DER {
    static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag] + length(content.count) + content }

    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { tagged(0x30, parts.flatMap { $0 }) }

    /// An object identifier, already in its bytes.
    static func object(_ bytes: [UInt8]) -> [UInt8] { tagged(0x06, bytes) }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 128 { return [UInt8(count)] }
        if count < 256 { return [0x81, UInt8(count)] }
        return [0x82, UInt8(count >> 8), UInt8(count & 255)]
    }
}
