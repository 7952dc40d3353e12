import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
import ScenarioModel
import WireGuardProtocol

/// What a person does with the certificate, at the laptop that holds it.
extension LiveWorld {
    /// Makes a key pair on the laptop and has the control plane certify the public half; the `.conf` is put together here.
    ///
    /// - Parameter call: empty for issue, `/rotate` for rotate.
    func takeProfile(_ call: String, on laptop: LaptopID) async throws {
        var source = SystemRandomNumberGenerator()
        guard let key = PrivateKey(bytes: LabSecrets.bytes(32, from: &source)) else {
            throw WorldProblem(.environment, "no key could be made")
        }
        let issued: CertificateIssued = try await api.call(
            .post, "/api/v1/me/vpn/certificate\(call)", bearer: bearer(of: laptop.person),
            body: CertificateRequest(publicKey: key.publicKey))
        publicKeys[laptop] = key.publicKey
        privateKeys[laptop] = Base64.decode(key.base64().utf8)
        profiles[laptop] = ConfigurationText.render(
            TunnelConfiguration(
                privateKey: key, addresses: [.init(issued.tunnelAddress)], mtuBytes: issued.mtu,
                peers: [
                    .init(
                        publicKey: issued.gateway.publicKey, endpoint: LabLayout.gateway,
                        allowedIPs: issued.allowedIPs,
                        persistentKeepaliveSeconds: UInt16(clamping: issued.keepaliveSeconds))
                ]))
        holders[laptop.person] = laptop
        if let profile = profiles[laptop] { try kept?.save(profile, on: laptop) }
    }

    func revoke(_ person: PersonID) async throws {
        try await api.send(.delete, "/api/v1/me/vpn/certificate", bearer: bearer(of: person))
        holders[person] = nil
        everRevoked.insert(person)
    }

    func connect(_ laptop: LaptopID) async throws {
        guard let profile = profiles[laptop] else {
            throw WorldProblem(.environment, "no profile lies on \(laptop): issue one to it first")
        }
        _ = try await ask(.connect(laptop: laptop.description, configuration: profile))
        connected.insert(laptop)
    }
}
