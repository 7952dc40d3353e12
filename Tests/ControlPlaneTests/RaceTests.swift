import AccessModel
import Addressing
import ControlProtocol
import Foundation
import Glibc
import Synchronization
import TestRequirements
import Testing

@testable import ControlPlane

/// Several people, or one person's several tabs, at the same moment: over real connections to a real process.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RaceTests {
    private static let lanes = 8

    /// Runs the body on threads that all start at the same moment.
    private func atOnce<Result: Sendable>(
        _ body: @escaping @Sendable (Int) throws -> Result
    ) async throws -> [Result] {
        let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
        let waiting = Mutex(0)
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let group = DispatchGroup()
            for lane in 0..<Self.lanes {
                group.enter()
                Thread.detachNewThread {
                    waiting.withLock { $0 += 1 }
                    while waiting.withLock({ $0 }) < Self.lanes { sched_yield() }
                    let result = Swift.Result { try body(lane) }
                    results.withLock { $0[lane] = result }
                    group.leave()
                }
            }
            group.notify(queue: .global()) { done.resume() }
        }
        return try results.withLock { $0 }.sorted { $0.key < $1.key }.map { try $0.value.get() }
    }

    private func withProcess(_ body: (ControlPlaneProcess) async throws -> Void) async throws {
        let (folder, words) = try DurabilityTests.prepare()
        let process = try ControlPlaneProcess(words)
        defer { process.killNow() }
        try await body(process)
        try DurabilityTests.expectIntactAudit(process, "after the race")
        withExtendedLifetime(folder) {}
    }

    private static func key(_ lane: Int, _ round: Int) -> PublicKey { Fleet.key(UInt8(10 + lane + 10 * round)) }

    private func count(_ action: String, _ process: ControlPlaneProcess) throws -> Int {
        try process.call("GET", "lab/audit?action=\(action)", as: "lab").decode(AuditPage.self).entries.count
    }

    @Test("Of eight issues at once one wins, and its key is the one that is in force", .covers("R9"))
    func issues() async throws {
        try await withProcess { process in
            for round in 0..<5 {
                let answers = try await atOnce { lane in
                    try process.call(
                        "POST", "me/vpn/certificate", as: "anna", CertificateRequest(publicKey: Self.key(lane, round)))
                }
                #expect(answers.map(\.status).sorted() == [201] + Array(repeating: 409, count: Self.lanes - 1))
                let winner = try #require(answers.firstIndex { $0.status == 201 })
                for answer in answers where answer.status == 409 {
                    #expect(try answer.decode(Problem.self).code == "certificate-exists")
                }
                let overview = try process.call("GET", "me/vpn", as: "anna").decode(VPNOverview.self)
                #expect(overview.certificate?.publicKey == Self.key(winner, round))
                #expect(try count("certificate.issued", process) == round + 1)
                #expect((200..<300).contains(try process.call("DELETE", "me/vpn/certificate", as: "anna").status))
            }
        }
    }

    @Test("One key given to eight people at once belongs to one of them", .covers("R18"))
    func oneKey() async throws {
        try await withProcess { process in
            let people = ["anna", "otto", "olga", "sven"]
            let answers = try await atOnce { lane in
                try process.call(
                    "POST", "me/vpn/certificate", as: people[lane % 4], CertificateRequest(publicKey: Fleet.key(5)))
            }
            #expect(answers.count { $0.status == 201 } == 1)
            #expect(answers.allSatisfy { $0.status == 201 || $0.status == 409 })
        }
    }

    @Test("Of eight rotations at once each is answered once; one key is in force, and none of the others ever again")
    func rotations() async throws {
        try await withProcess { process in
            let first = CertificateRequest(publicKey: Fleet.key(1))
            #expect(try process.call("POST", "me/vpn/certificate", as: "anna", first).status == 201)
            let answers = try await atOnce { lane in
                try process.call(
                    "POST", "me/vpn/certificate/rotate", as: "anna",
                    CertificateRequest(publicKey: Self.key(lane, 0)))
            }
            #expect(answers.allSatisfy { $0.status == 201 })
            _ = try process.call("POST", "sync", as: "lab", SyncRequest(now: true))
            let batch = try process.call("GET", "gateway/revisions?since=0", as: "gateway").decode(RevisionBatch.self)
            guard case .snapshot(let view)? = batch.revisions.last?.content else {
                Issue.record("a fresh gateway is given no snapshot")
                return
            }
            let overview = try process.call("GET", "me/vpn", as: "anna").decode(VPNOverview.self)
            let inForce = try #require(overview.certificate?.publicKey)
            #expect(view.people.map(\.publicKey) == [inForce])
            for lane in 0..<Self.lanes where Self.key(lane, 0) != inForce {
                let again = CertificateRequest(publicKey: Self.key(lane, 0))
                let answer = try process.call("POST", "me/vpn/certificate", as: "otto", again)
                #expect(try answer.decode(Problem.self).code == "key-retired", "lane \(lane)")
            }
            #expect(try count("certificate.rotated", process) == Self.lanes)
        }
    }

    @Test("Of issue and revoke at once whatever came last holds, and nothing in between is left", .covers("R9", "R61"))
    func issueAndRevoke() async throws {
        try await withProcess { process in
            var addresses: [IPv4Address: PublicKey] = [:]
            for round in 0..<5 {
                let answers = try await atOnce { lane in
                    try lane % 2 == 0
                        ? process.call(
                            "POST", "me/vpn/certificate", as: "anna",
                            CertificateRequest(publicKey: Self.key(lane, round)))
                        : process.call("DELETE", "me/vpn/certificate", as: "anna")
                }
                #expect(answers.allSatisfy { [201, 202, 204, 409].contains($0.status) })
                let issued = try count("certificate.issued", process)
                let revoked = try count("certificate.revoked", process)
                let overview = try process.call("GET", "me/vpn", as: "anna").decode(VPNOverview.self)
                #expect(issued - revoked == (overview.certificate == nil ? 0 : 1))
                // What was delivered belongs together: nobody gets the address of another certificate with a dead key.
                for (lane, answer) in answers.enumerated() where answer.status == 201 {
                    let file = try answer.decode(CertificateIssued.self)
                    #expect(file.publicKey == Self.key(lane, round))
                    let earlier = addresses.updateValue(file.publicKey, forKey: file.tunnelAddress)
                    #expect(earlier == nil)
                }
                _ = try process.call("DELETE", "me/vpn/certificate", as: "anna")
            }
        }
    }

    /// Anna with a conflict, both agents up, and no gateway that would acknowledge anything.
    private func withConflict(_ body: (ControlPlaneProcess) async throws -> Void) async throws {
        try await withProcess { process in
            for (plant, key) in [("park-a", 101), ("park-b", 102)] as [(String, UInt8)] {
                let request = EnrolmentRequest(token: "enrol-\(plant)", publicKey: Fleet.key(key))
                #expect(try process.call("POST", "agent/enroll", as: "lab", request).status == 201)
            }
            let report = PeerReport(
                incarnation: GatewayIncarnation(id: "first"), peers: [.heard(Fleet.key(101)), .heard(Fleet.key(102))])
            #expect(try process.call("POST", "gateway/peers", as: "gateway", report).status == 204)
            let body1 = CertificateRequest(publicKey: Fleet.key(1))
            #expect(try process.call("POST", "me/vpn/certificate", as: "anna", body1).status == 201)
            try await body(process)
        }
    }

    private func acknowledge(_ process: ControlPlaneProcess) throws -> ReleasedView {
        let batch = try process.call("GET", "gateway/revisions?since=0", as: "gateway").decode(RevisionBatch.self)
        let newest = try #require(batch.revisions.last)
        let answer = Acknowledgement(revision: newest.number, hash: newest.hash, outcome: .applied)
        #expect(try process.call("POST", "gateway/acks", as: "gateway", answer).status == 204)
        guard case .snapshot(let view) = newest.content else {
            throw ControlPlaneProcess.Failure(description: "a fresh gateway is given no snapshot")
        }
        return view
    }

    private func choose(_ lane: Int, _ process: ControlPlaneProcess, tag: String? = nil) throws -> Int {
        try process.call(
            "PUT", "me/vpn/routes/park-\(lane % 2 == 0 ? "a" : "b")~192.168.1.0-24/winner", as: "anna",
            headers: tag.map { ["If-Match": $0] } ?? [:]
        ).status
    }

    @Test("Of eight choices at once all are decided one after the other, and the last one is published", .covers("A35"))
    func tabs() async throws {
        try await withConflict { process in
            let statuses = try await atOnce { lane in try choose(lane, process) }
            #expect(statuses.allSatisfy { $0 == 202 })
            let choices = try process.call("GET", "lab/audit?person=anna", as: "lab").decode(AuditPage.self).entries
                .filter { $0.action.hasPrefix("conflict.winner-") }
            #expect(choices.count == Self.lanes)
            let routes = try acknowledge(process).people.first { $0.person == "anna" }?.routes
            let owner = routes?.first { $0.range.contains(IPv4Address(192, 168, 1, 20)) }?.plant
            #expect(owner == choices.last?.plant)
        }
    }

    @Test("Of tabs that say which rows they saw one chooses, the others look again first", .covers("A35"))
    func carefulTabs() async throws {
        try await withConflict { process in
            _ = try acknowledge(process)
            let tag = try #require(try process.call("GET", "me/vpn/routes", as: "anna").tag)
            let statuses = try await atOnce { lane in try choose(2 * lane + 1, process, tag: tag) }
            #expect(statuses.sorted() == [202] + Array(repeating: 412, count: Self.lanes - 1))
            // Whoever looks again may choose again.
            _ = try acknowledge(process)
            let newTag = try #require(try process.call("GET", "me/vpn/routes", as: "anna").tag)
            #expect(newTag != tag)
            #expect(try choose(0, process, tag: newTag) == 202)
        }
    }
}
