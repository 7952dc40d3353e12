import Addressing
import Testing

@testable import WireGuardProtocol

struct ConfigurationTextTests {
    static let privateKey = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    static let publicKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="

    static let minimal = """
        [Interface]
        PrivateKey = \(privateKey)
        [Peer]
        PublicKey = \(publicKey)
        """

    @Test("what the control plane hands out is read, and written back byte for byte")
    func roundTrip() throws {
        let text = """
            [Interface]
            PrivateKey = \(Self.privateKey)
            Address = 100.64.0.5/32
            MTU = 1420

            [Peer]
            PublicKey = \(Self.publicKey)
            PresharedKey = FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE=
            Endpoint = 203.0.113.1:51820
            AllowedIPs = 192.168.0.0/16, 10.0.0.0/8
            PersistentKeepalive = 25

            """
        let configuration = try ConfigurationText.parse(text)
        #expect(configuration.addresses == [.init(IPv4Address(100, 64, 0, 5))])
        #expect(configuration.mtuBytes == 1420)
        let peer = try #require(configuration.peers.first)
        #expect(peer.endpoint == Endpoint(IPv4Address(203, 0, 113, 1), 51_820))
        #expect(peer.allowedIPs.map(\.description) == ["192.168.0.0/16", "10.0.0.0/8"])
        #expect(peer.persistentKeepaliveSeconds == 25)
        #expect(ConfigurationText.render(configuration) == text)
    }

    @Test("comments, odd case, spaces, carriage returns, repeated lists and bare addresses are read")
    func liberal() throws {
        let text =
            "# mine\r\n\r\n[INTERFACE]\r\n  privatekey=\(Self.privateKey) # secret\r\nAddress = 10.0.0.2/24\r\n"
            + "Address=10.0.0.3\r\n[peer]\r\nPublicKey\t= \(Self.publicKey)\r\nAllowedIPs = 10.0.0.9/24 ,10.1.0.0/16\r\n"
            + "AllowedIPs = 10.9.9.9\r\nPersistentKeepalive = off\r\n"
        let configuration = try ConfigurationText.parse(text)
        #expect(
            configuration.addresses == [.init(IPv4Address(10, 0, 0, 2), length: 24), .init(IPv4Address(10, 0, 0, 3))])
        #expect(
            configuration.peers.first?.allowedIPs.map(\.description) == ["10.0.0.0/24", "10.1.0.0/16", "10.9.9.9/32"])
        #expect(configuration.peers.first?.persistentKeepaliveSeconds == nil)
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        let error: String

        var testDescription: String { error }
    }

    static let mistakes = [
        Mistake(text: "", error: "line 1, column 1: there is no [Interface]"),
        Mistake(text: "[Interface]\n", error: "line 1, column 1: [Interface] has no PrivateKey"),
        Mistake(text: "MTU = 1420", error: "line 1, column 1: a key before the first section"),
        Mistake(text: minimal + "\nhello", error: "line 5, column 1: expected '[Section]' or 'Key = value'"),
        Mistake(text: minimal + "\n[Pear]", error: "line 5, column 2: unknown section 'Pear'"),
        Mistake(text: minimal + "\n[Interface]", error: "line 5, column 2: a second [Interface]"),
        Mistake(text: minimal + "\n[Peer]\n", error: "line 5, column 1: [Peer] has no PublicKey"),
        Mistake(text: minimal + "\n DNS = 1.1.1.1", error: "line 5, column 2: unknown key 'DNS'"),
        Mistake(
            text: minimal + "\nPublicKey = \(publicKey)", error: "line 5, column 1: a second 'PublicKey' in one section"
        ),
        Mistake(
            text: minimal + "\nAllowedIPs = 10.0.0.0/8, 10.0.0.0/33",
            error: "line 5, column 26: '10.0.0.0/33' is not an IPv4 prefix"),
        Mistake(text: minimal + "\nAllowedIPs = ", error: "line 5, column 13: '' is not an IPv4 prefix"),
        Mistake(
            text: minimal + "\nEndpoint = example.org:51820",
            error: "line 5, column 12: expected an endpoint (address:port)"),
        Mistake(
            text: minimal + "\nPersistentKeepalive = 65536",
            error: "line 5, column 23: expected a number of seconds from 0 to 65535, or 'off'"),
        Mistake(
            text: "[Interface]\nPrivateKey = \(publicKey.dropLast(2))",
            error: "line 2, column 14: expected a private key (44 characters of base64)"),
        Mistake(
            text: "[Interface]\nMTU = 575", error: "line 2, column 7: expected a number from 576 to 65535"),
    ]

    @Test("a mistake is reported with its place", arguments: mistakes)
    func reports(mistake: Mistake) {
        let error = #expect(throws: ConfigurationTextError.self) { try ConfigurationText.parse(mistake.text) }
        #expect(error?.description == mistake.error)
    }

    @Test("tunnel names follow the rules of Linux and the clients")
    func names() {
        #expect(TunnelName("mirox-vpn")?.fileName == "mirox-vpn.conf")
        #expect(TunnelName(fileName: "mirox-vpn.conf")?.description == "mirox-vpn")
        #expect(TunnelName("a_=+.-Z9") != nil)
        #expect(TunnelName("fifteen-letters") != nil)
        for name in ["", ".", "..", "sixteen-letters!", "sixteen-letters0", "with space", "über", "a/b"] {
            #expect(TunnelName(name) == nil, "\(name)")
        }
        #expect(TunnelName(fileName: "mirox-vpn") == nil)
        #expect(TunnelName(fileName: ".conf") == nil)
    }

    @Test("a private key never shows itself")
    func silence() throws {
        let key = try #require(PrivateKey(base64: Self.privateKey))
        let preshared = try #require(PresharedKey(base64: Self.privateKey))
        for text in ["\(key)", String(reflecting: key), "\(preshared)", String(reflecting: preshared)] {
            #expect(!text.contains(Self.privateKey.prefix(8)))
        }
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("yAnz5"))
    }
}
