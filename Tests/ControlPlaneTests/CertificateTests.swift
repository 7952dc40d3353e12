import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite struct CertificateTests {
    @Test("R9: of two issues at the same time exactly one wins", .covers("R9"))
    func concurrentIssues() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                async let first = world.issue("anna", 1)
                async let second = world.issue("anna", 2)
                let statuses = try await [first.status, second.status].sorted()
                #expect(statuses == [201, 409])
                #expect(try await world.issue("anna", 3).problem == "certificate-exists")
            }
        }
    }

    @Test("R15: the answer to issue holds everything for the file but the private key", .covers("R15"))
    func template() async throws {
        let endpoint = Endpoint(IPv4Address(10, 1, 1, 1), 5000)
        try await World.run(seed: Fleet.seed { $0.profileEndpoint = endpoint }) { world in
            try await world.withGateway { _ in
                let issued = try await world.issue("anna", 1).decode(CertificateIssued.self)
                #expect(issued.publicKey == Fleet.key(1))
                #expect(issued.tunnelAddress == IPv4Address(100, 64, 0, 2))
                #expect(issued.gateway.endpoint == endpoint)
                #expect(issued.gateway.publicKey == Fleet.key(200))
                #expect(
                    issued.allowedIPs.map(\.description) == [
                        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.1/32",
                    ])
                #expect(issued.keepaliveSeconds == 25)
                #expect(issued.fileName == "mirox-vpn.conf")
            }
        }
    }

    @Test("R18: bad keys are 422, keys of others 409", .covers("R18"))
    func badKeys() async throws {
        try await World.run { world in
            try await world.bringAgentsUp([("park-a", 101)])
            try await world.issue("otto", 7)
            let short = try await world.send(
                "anna", .post, "me/vpn/certificate", Data(#"{"publicKey": "AAAA"}"#.utf8))
            #expect(short.status == 422)
            #expect(short.problem == "invalid-key")
            let weak = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
            let low = try await world.send(
                "anna", .post, "me/vpn/certificate", Data(#"{"publicKey": "\#(weak)"}"#.utf8))
            #expect(low.status == 422)
            #expect(try await world.issue("anna", 7).problem == "key-in-use")
            #expect(try await world.issue("anna", 101).status == 409)
            // The gateway's own.
            #expect(try await world.issue("anna", 200).problem == "key-in-use")
            let agent = EnrolmentRequest(token: "enrol-park-b", publicKey: Fleet.key(200))
            #expect(try await world.call(nil, .post, "agent/enroll", agent).problem == "key-in-use")
        }
    }

    @Test(
        "R12: a repeated request with the same Idempotency-Key gets the same answer, for the same key only",
        .covers("R12"))
    func idempotency() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                let name = try #require(HTTPField.Name("Idempotency-Key"))
                let body = CertificateRequest(publicKey: Fleet.key(1))
                func issue(_ body: CertificateRequest) async throws -> World.Answer {
                    try await world.call("anna", .post, "me/vpn/certificate", body, headers: [name: "once"])
                }
                let first = try await issue(body)
                let second = try await issue(body)
                #expect(first.status == 201)
                #expect(second.status == 201)
                let addresses = try [first, second].map { try $0.decode(CertificateIssued.self).tunnelAddress }
                #expect(addresses[0] == addresses[1])
                #expect(try await issue(CertificateRequest(publicKey: Fleet.key(2))).status == 422)
                world.clock.advance(bySeconds: 601)
                #expect(try await issue(body).status == 409)
            }
        }
    }

    @Test("R61, R66: revoke cuts off at once, empties the tab, and may be repeated", .covers("R61", "R66"))
    func revoke() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.call("anna", .put, "me/vpn/routes/park-b~192.168.1.0-24/winner")
                try await world.report([.heard(Fleet.key(1), from: IPv4Address(203, 0, 113, 50))])
                #expect(try await world.call("anna", .delete, "me/vpn/certificate").status == 204)
                #expect(gateway.entry(of: "anna") == nil)
                #expect(try await world.rows(of: "anna").isEmpty)
                #expect(try await world.call("anna", .get, "me/vpn/sessions").decode(SessionPage.self).rows.isEmpty)
                #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).state == .none)
                #expect(try await world.call("anna", .delete, "me/vpn/certificate").status == 204)

                // R63, R65: a fresh one begins anew, without the choice of before.
                #expect(try await world.issue("anna", 2).status == 201)
                #expect(gateway.entry(of: "anna")?.tunnelAddress == IPv4Address(100, 64, 0, 3))
                #expect(gateway.plant(for: "anna", at: IPv4Address(192, 168, 1, 20)) == "park-a")
                let page = try await world.call("lab", .get, "lab/audit?action=certificate.revoked")
                #expect(try page.decode(AuditPage.self).entries.map(\.by) == ["anna"])
            }
        }
    }

    @Test("R80: a revoke while the gateway is away is recorded; a new issue goes out together with it", .covers("R80"))
    func revokeWhileAway() async throws {
        try await World.run { world in
            let gateway = FakeGateway()
            try await world.withGateway(gateway) { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
            }
            let revoked = try await world.call("anna", .delete, "me/vpn/certificate")
            #expect(revoked.status == 202)
            #expect(try revoked.decode(PendingAnswer.self).pending)
            #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).state == .revoking)
            #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(1))

            let issued = try await world.issue("anna", 2)
            #expect(issued.status == 201)
            #expect(try issued.decode(CertificateIssued.self).pending)
            #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).state == .issuing)
            try await gateway.pollOnce(world)
            #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(2))
            #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).state == .issued)
        }
    }

    @Test("A pick answers 202 while the gateway is away, and the row shows what is applied", .covers("A13", "R36"))
    func pickWhileAway() async throws {
        try await World.run { world in
            let gateway = FakeGateway()
            try await world.withGateway(gateway) { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
            }
            let picked = try await world.call("anna", .put, "me/vpn/routes/park-b~192.168.1.0-24/winner")
            #expect(picked.status == 202)
            #expect(try await world.row(of: "anna", "park-b")?.status == .conflict)
            try await gateway.pollOnce(world)
            #expect(try await world.row(of: "anna", "park-b")?.status == .active)
        }
    }

    @Test(
        "What was delivered is delivered once: no call gives it again, and a lost file means rotate",
        .covers("R12", "R13"))
    func onceOnly() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                let issued = try await world.issue("anna", 1).decode(CertificateIssued.self)
                for (path, status) in [
                    ("me/vpn/certificate", 405), ("me/vpn/certificate/rotate", 405), ("me/vpn/certificate/conf", 404),
                    ("me/vpn/certificate/download", 404),
                ] {
                    #expect(try await world.call("anna", .get, path).status == status, "\(path)")
                }
                // What can be read says which key it is, and nothing by which a file could be made again.
                for path in ["me/vpn", "me/vpn/routes", "me/vpn/sessions"] {
                    let answer = try await world.call("anna", .get, path)
                    let text = String(decoding: answer.data, as: UTF8.self)
                    #expect(answer.status == 200 && !text.contains("\"gateway\"") && !text.contains("allowedIPs"))
                }
                let again = try await world.call(
                    "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(1)))
                #expect(again.status == 409)
                let rotated = try await world.call(
                    "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(2)))
                #expect(rotated.status == 201)
                #expect(try rotated.decode(CertificateIssued.self).tunnelAddress == issued.tunnelAddress)
            }
        }
    }

    @Test(
        "A repeated rotation under one Idempotency-Key rotates once; the name of a request is bounded", .covers("R12"))
    func idempotentRotation() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                let name = try #require(HTTPField.Name("Idempotency-Key"))
                try await world.issue("anna", 1)
                func rotate(_ key: UInt8, _ text: String) async throws -> World.Answer {
                    try await world.call(
                        "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(key)),
                        headers: [name: text])
                }
                #expect(try await rotate(2, "once").status == 201)
                #expect(try await rotate(2, "once").status == 201)
                #expect(try await rotate(3, "once").problem == "idempotency-key-reused")
                let rotations = try await world.call("lab", .get, "lab/audit?action=certificate.rotated")
                #expect(try rotations.decode(AuditPage.self).entries.count == 1)
                try await world.sync()
                #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(2))
                // Somebody else's request of the same name is another one.
                let body = CertificateRequest(publicKey: Fleet.key(4))
                let other = try await world.call("otto", .post, "me/vpn/certificate", body, headers: [name: "once"])
                #expect(other.status == 201)
                #expect(try await rotate(5, String(repeating: "x", count: 256)).problem == "invalid-header")
            }
        }
    }

    @Test("The file's name is one that WireGuard takes, and a name of its interface", .covers("R17"))
    func fileName() async throws {
        try await World.run { world in
            let name = try await world.issue("anna", 1).decode(CertificateIssued.self).fileName
            let tunnel = try #require(name.wholeMatch(of: /([a-zA-Z0-9_=+.-]{1,15})\.conf/)?.output.1)
            #expect(!tunnel.hasPrefix(".") && !tunnel.contains("/"))
            let rotated = try await world.call(
                "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(2)))
            #expect(try rotated.decode(CertificateIssued.self).fileName == name)
        }
    }
}
