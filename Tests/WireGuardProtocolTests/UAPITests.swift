import Addressing
import Testing

@testable import WireGuardProtocol

struct UAPITests {
    @Test("a question is one line, a change any number, and all else is no request")
    func requests() {
        #expect(UAPI.Request(["get=1"]) == .get)
        #expect(UAPI.Request(["set=1", "private_key=00", "listen_port=1"]) == .set)
        for lines in [[], ["get=2"], ["get=1", "more=1"], ["GET / HTTP/1.1", "Host: x"], ["listen_port=1"]] {
            #expect(UAPI.Request(lines) == .unknown, "\(lines)")
        }
    }

    @Test("an answer has a line for everything that there is, and nothing for what there is not")
    func answer() throws {
        let key = try #require(PrivateKey(bytes: [UInt8](repeating: 0x77, count: 32)))
        let peer = UAPI.Peer(
            publicKey: try #require(PublicKey(bytes: [UInt8](repeating: 0xAB, count: 32))),
            endpoint: Endpoint(IPv4Address(198, 18, 0, 1), 51_821),
            lastHandshake: WallTime(seconds: 1_700_000_000, nanoseconds: 5), receivedBytes: 1_372, sentBytes: 1_428,
            persistentKeepaliveSeconds: 25,
            allowedIPs: [
                Prefix(around: IPv4Address(10, 0, 0, 0), length: 8),
                Prefix(around: IPv4Address(1, 2, 3, 4), length: 32),
            ])
        let text = UAPI.Interface(privateKey: key, listenPort: 51_820, peers: [peer]).text
        #expect(
            text == """
                private_key=70\(String(repeating: "77", count: 31))
                listen_port=51820
                public_key=\(String(repeating: "ab", count: 32))
                protocol_version=1
                endpoint=198.18.0.1:51821
                last_handshake_time_sec=1700000000
                last_handshake_time_nsec=5
                rx_bytes=1372
                tx_bytes=1428
                persistent_keepalive_interval=25
                allowed_ip=10.0.0.0/8
                allowed_ip=1.2.3.4/32
                errno=0


                """)
        let bare = UAPI.Peer(
            publicKey: peer.publicKey, endpoint: nil, lastHandshake: nil, receivedBytes: 0, sentBytes: 0,
            persistentKeepaliveSeconds: nil, allowedIPs: [])
        let without = UAPI.Interface(privateKey: nil, listenPort: nil, peers: [bare]).text
        #expect(
            without == """
                public_key=\(String(repeating: "ab", count: 32))
                protocol_version=1
                rx_bytes=0
                tx_bytes=0
                errno=0


                """)
    }

    @Test("of many peers and prefixes every one is told", arguments: [(1, 65_280), (40, 52)])
    func many(peers: Int, prefixes: Int) throws {
        let allowed = (0..<prefixes).map {
            Prefix(around: IPv4Address(number: UInt32($0 + 256) << 16), length: 16)
        }
        let all = (0..<peers).map { number in
            UAPI.Peer(
                publicKey: PublicKey(bytes: [UInt8](repeating: UInt8(number), count: 32)) ?? Self.anyKey,
                endpoint: nil, lastHandshake: nil, receivedBytes: 0, sentBytes: 0, persistentKeepaliveSeconds: nil,
                allowedIPs: allowed)
        }
        let lines = UAPI.Interface(privateKey: nil, listenPort: 1, peers: all).text.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("public_key=") } == peers)
        #expect(lines.count { $0.hasPrefix("allowed_ip=") } == peers * prefixes)
        #expect(Set(lines.filter { $0.hasPrefix("allowed_ip=") }).count == prefixes)
    }

    private static let anyKey = PublicKey(bytes: [UInt8](repeating: 255, count: 32)).unsafelyUnwrapped
}
