import AccessModel
import Addressing
import ControlProtocol
import HTTPTypes
import Testing

@testable import ControlPlane

@Suite("What the control plane remembers of its decisions")
struct DecisionTests {
    private let parkB = "me/vpn/routes/park-b~192.168.1.0-24/winner"

    private func report(_ world: World, at: String = "") async throws -> RouteDecisionReport {
        try await world.call("lab", .get, "lab/decisions?person=anna&address=192.168.1.20\(at)")
            .decode(RouteDecisionReport.self)
    }

    @Test("the newest decision names claimants, winner, rule and revision; the past keeps its own answer")
    func past() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let before = try await report(world)
                let first = try #require(before.newest?.decision)
                #expect(first.owner == "park-a" && first.claimants.map(\.plant) == ["park-a", "park-b"])
                #expect(before.applied == before.newest)
                world.clock.advance(bySeconds: 60)
                try await world.call("anna", .put, parkB)
                let after = try await report(world)
                #expect(after.newest?.decision?.owner == "park-b" && after.newest?.decision?.reason == .picked)
                #expect(after.newest?.picked == after.newest?.at)
                #expect(after.published?.revision == after.newest?.revision)
                #expect(after.acknowledged?.revision == after.published?.revision)
                #expect(after.changes.map { $0.decision?.owner } == [nil, "park-a", "park-b"])
                let past = try await report(world, at: "&at=\(before.at)")
                #expect(
                    past.newest?.decision?.owner == "park-a" && past.published?.revision == before.published?.revision)
            }
        }
    }

    @Test("a revision that nobody acknowledged is not the applied one")
    func behind() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
            }
            try await world.call("anna", .put, parkB)
            let report = try await report(world)
            #expect(report.newest?.decision?.owner == "park-b" && report.applied?.decision?.owner == "park-a")
            #expect((report.published?.revision ?? 0) > (report.acknowledged?.revision ?? 0))
        }
    }

    @Test("only the rig may ask, and a wrong question is named")
    func questions() async throws {
        try await World.run { world in
            for (who, path, status) in [
                ("anna", "lab/decisions?person=anna&address=1.2.3.4", 403), ("lab", "lab/decisions?person=anna", 400),
                ("lab", "lab/decisions?person=anna&address=x", 400),
                ("lab", "lab/decisions?person=nobody&address=1.2.3.4", 404), ("anna", "lab/export", 403),
                ("anna", "lab/commands", 403),
            ] {
                let answer = try await world.call(who, .get, path)
                #expect(answer.status == status, "\(path)")
            }
        }
    }

    @Test("the log's memory is bounded, and what was forgotten is counted")
    func bound() {
        var log = DecisionLog(limitWeight: 20, limitPublications: 4)
        var state = ControlState(
            intent: Intent(), counters: Counters(), histories: [:], agents: [], liveness: [:])
        let claim = Claim(
            plant: "park-a", subnet: Prefix(around: IPv4Address(10, 0, 0, 0), length: 24), portfolio: "p",
            organization: "o")
        for number in 1...50 {
            state.counters.revision = UInt64(number)
            var journal = Journal()
            let entry = PersonEntry(
                person: "anna", publicKey: Fleet.key(1), tunnelAddress: IPv4Address(100, 64, 0, 2), routes: [])
            journal.releases = [
                ("anna", PersonRelease(revision: UInt64(number), content: .init(claims: [claim], entry: entry)))
            ]
            journal.derivations["anna"] = RouteDerivation(
                claims: [claim], picks: [], states: ["park-a": .online], incumbents: [], policy: AccessPolicy())
            log.record(journal, after: state, at: Timestamp(milliseconds: Int64(number)))
        }
        let report = log.report(
            person: "anna", address: IPv4Address(10, 0, 0, 1), at: nil, now: Timestamp(milliseconds: 100))
        #expect(log.forgotten == 40 && report.forgotten == 40)
        #expect(report.newest?.revision == 50 && report.newest?.decision?.owner == "park-a")
    }

    @Test("the export holds who there is, the choices and the owners of contested ranges, and no key")
    func export() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.call("anna", .put, parkB)
                let answer = try await world.call("lab", .get, "lab/export")
                let document = try answer.decode(StateDocument.self)
                #expect(document.format == StateDocument.format)
                #expect(document.picks.map(\.plant) == ["park-b"] && document.owners.map(\.plant) == ["park-b"])
                let members = document.organizations.flatMap(\.members)
                #expect(members.first { $0.person == "anna" }?.hasCertificate == true)
                let plants = document.organizations.flatMap(\.portfolios).flatMap(\.plants)
                #expect(plants.filter { $0.agent == .online }.map(\.id) == ["park-a", "park-b"])
                #expect(!String(decoding: answer.data, as: UTF8.self).contains(Fleet.key(1).description))
                let commands = try await world.call("lab", .get, "lab/commands").decode(CommandPage.self)
                #expect(commands.rows.contains { if case .pick("anna", _) = $0.command { true } else { false } })
                #expect(commands.newest == commands.rows.last?.sequence)
            }
        }
    }
}
