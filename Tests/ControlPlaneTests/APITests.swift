import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestRequirements
import Testing

@testable import ControlPlane

@Suite struct APITests {
    @Test("Whoever calls without a token, with a wrong one, or as somebody else is told apart")
    func authentication() async throws {
        try await World.run { world in
            let nobody = try await world.call(nil, .get, "me/vpn")
            #expect(nobody.status == 401)
            #expect(nobody.headers[.contentType] == "application/problem+json")
            #expect(nobody.headers[.wwwAuthenticate] == "Bearer")
            #expect(try await world.call("mallory", .get, "me/vpn").status == 401)
            for (who, path) in [
                ("gateway", "me/vpn"), ("anna", "gateway/revisions"), ("olga", "sync/status"), ("anna", "lab/agents"),
            ] {
                #expect(try await world.call(who, .get, path).status == 403, "\(who) \(path)")
            }
            #expect(try await world.call("anna", .get, "nothing/here").problem == "not-found")
        }
    }

    @Test("Bodies are bounded, of the right shape, and hold no unknown field")
    func bodies() async throws {
        try await World.run { world in
            func post(_ text: String) async throws -> World.Answer {
                try await world.send("olga", .post, "grants", Data(text.utf8))
            }
            let cases: [(String, Int, String)] = [
                ("", 400, "invalid-json"), ("{", 400, "invalid-json"), ("[]", 422, "invalid-body"),
                (#"{"person": "anna"}"#, 422, "invalid-body"),
                (#"{"person": "anna", "place": {"plant": "park-a"}, "until": 1}"#, 422, "unknown-field"),
                (#"{"person": "anna", "place": {"plant": "park-a", "x": 1}}"#, 422, "unknown-field"),
                (#"{"person": "anna", "place": {"x": "park-a"}}"#, 422, "invalid-body"),
                (#"{"person": "anna", "place": {"plant": "park-x"}}"#, 404, "unknown-plant"),
                (#"{"person": "sven", "place": {"plant": "park-a"}}"#, 422, "not-a-member"),
                (#"{"person": "anna", "place": {"plant": "park-a"}}"#, 409, "exists"),
            ]
            for (text, status, code) in cases {
                let answer = try await post(text)
                #expect(answer.status == status, "\(text)")
                #expect(answer.problem == code, "\(text)")
            }
            let long = try await post(#"{"person": "\#(String(repeating: "a", count: 70_000))"}"#)
            #expect(long.status == 413)
        }
    }

    @Test(
        "R31 to R33: rows are searched and filtered, and paged in the same order", .covers("R31", "R32", "R33", "R40"))
    func filters() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                func ids(_ query: String) async throws -> [String] {
                    try await world.call("anna", .get, "me/vpn/routes?\(query)").decode(RoutePage.self)
                        .rows.map(\.id.description)
                }
                #expect(try await ids("search=10.4") == ["park-b~10.4.0.0-24"])
                #expect(try await ids("portfolio=sued") == ["park-a~192.168.1.0-24"])
                #expect(try await ids("plant=park-b&status=conflict") == ["park-b~192.168.1.0-24"])
                #expect(try await ids("organization=suedlicht&search=192") == ["park-b~192.168.1.0-24"])
                #expect(try await ids("search=nothing").isEmpty)
                #expect(try await world.call("anna", .get, "me/vpn/routes?status=blue").status == 400)

                var seen: [String] = []
                var cursor: String? = ""
                while let at = cursor {
                    let query = at.isEmpty ? "" : "&cursor=\(at)"
                    let page = try await world.call("anna", .get, "me/vpn/routes?limit=1\(query)")
                        .decode(RoutePage.self)
                    seen += page.rows.map(\.id.description)
                    cursor = page.next
                }
                #expect(seen == (try await ids("")))
                #expect(seen.count == 3)
            }
        }
    }

    @Test("Admins decide about their own organisation only")
    func authority() async throws {
        try await World.run { (world: World) async throws -> Void in
            let grant = GrantRequest(person: "anna", place: .organization("nordwind"))
            #expect(try await world.call("sven", .post, "grants", grant).status == 403)
            #expect(try await world.call("anna", .post, "grants", grant).status == 403)
            #expect(try await world.call("sven", .delete, "plants/park-a").status == 403)
            #expect(try await world.call("olga", .delete, "agents/park-b").status == 403)
            // Of a portfolio one plant is shared: no more than that is the partner's admin to give.
            for place in [Place.portfolio("west"), .organization("suedlicht")] {
                let more = GrantRequest(person: "anna", place: place)
                #expect(try await world.call("olga", .post, "grants", more).status == 403, "\(place)")
            }
            // A partner's admin names who of his own uses what is shared.
            #expect(try await world.call("olga", .delete, "grants/anna~plant:park-b").status == 200)
            let member = MemberRequest(jobRole: .viewer)
            #expect(try await world.call("sven", .put, "organizations/nordwind/members/anna", member).status == 403)
            #expect(try await world.call("olga", .put, "organizations/nordwind/members/anna", member).status == 200)
            #expect(try await world.call("olga", .post, "people", NameRequest(id: "new")).status == 403)
            #expect(try await world.call("lab", .post, "people", NameRequest(id: "new")).status == 201)
        }
    }

    @Test(
        "R73: a cooperation is proposed by the owner, accepted by the partner, and opens and closes the way",
        .covers("R73"))
    func cooperation() async throws {
        let seed = Fleet.seed { $0.intent.cooperations = [:] }
        try await World.run(seed: seed) { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                #expect(try await world.row(of: "anna", "park-b") == nil)
                let proposal = CooperationRequest(
                    id: "deal", owner: "suedlicht", partner: "nordwind", shares: [.portfolio("west")],
                    members: ["anna"])
                #expect(try await world.call("olga", .post, "cooperations", proposal).status == 403)
                #expect(try await world.call("sven", .post, "cooperations", proposal).status == 201)
                func change(_ who: String, _ change: CooperationChange) async throws -> Int {
                    try await world.call(who, .patch, "cooperations/deal", change).status
                }
                func isOpen() async throws -> Bool {
                    try await world.sync()
                    return try await world.row(of: "anna", "park-b") != nil
                }
                #expect(try await isOpen() == false)
                #expect(try await change("sven", CooperationChange(state: .accepted)) == 403)
                #expect(try await change("olga", CooperationChange(state: .accepted)) == 200)
                #expect(try await isOpen())
                #expect(try await change("sven", CooperationChange(state: .paused)) == 200)
                #expect(try await isOpen() == false)
                #expect(try await change("sven", CooperationChange(state: .accepted)) == 200)
                #expect(try await isOpen())
                #expect(try await change("olga", CooperationChange(cap: .viewer)) == 403)
                #expect(try await change("sven", CooperationChange(cap: .viewer)) == 200)
                #expect(try await isOpen() == false)
                #expect(try await change("sven", CooperationChange(cap: .operator)) == 200)
                #expect(try await change("olga", CooperationChange(members: [])) == 200)
                #expect(try await isOpen() == false)
                #expect(try await change("olga", CooperationChange(members: ["anna"])) == 200)
                #expect(try await isOpen())
                #expect(try await change("sven", CooperationChange(state: .ended)) == 200)
                #expect(try await isOpen() == false)
                #expect(try await change("sven", CooperationChange()) == 422)
            }
        }
    }

    @Test("R28, R30: plants and subnets come, move, change and go, each at the next tick", .covers("R28", "R30"))
    func plants() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                func subnets() async throws -> [String] {
                    try await world.sync()
                    return try await world.rows(of: "anna").map(\.id.description).sorted()
                }
                let grant = GrantRequest(person: "anna", place: .portfolio("sued"))
                try await world.call("olga", .post, "grants", grant)
                let plant = PlantRequest(id: "park-c", subnets: [Fleet.prefix("10.20.0.0/24")])
                #expect(try await world.call("olga", .post, "portfolios/sued/plants", plant).status == 201)
                let before = ["park-a~192.168.1.0-24", "park-b~10.4.0.0-24", "park-b~192.168.1.0-24"]
                #expect(try await subnets() == before + ["park-c~10.20.0.0-24"])

                let edit = SubnetRequest(prefix: "10.21.0.0/24")
                let edited = try await world.call("olga", .put, "plants/park-c/subnets/10.20.0.0-24", edit)
                #expect(edited.status == 200)
                #expect(try await subnets() == before + ["park-c~10.21.0.0-24"])
                let refused = try await world.call(
                    "olga", .post, "plants/park-c/subnets", SubnetRequest(prefix: "8.8.8.0/24"))
                #expect(refused.problem == "refused-range")

                try await world.call("olga", .post, "organizations/nordwind/portfolios", NameRequest(id: "nord"))
                #expect(
                    try await world.call("olga", .patch, "plants/park-c", PlantChange(portfolio: "nord")).status == 200)
                #expect(try await subnets() == before)
                #expect(
                    try await world.call("olga", .patch, "plants/park-c", PlantChange(portfolio: "west")).status == 422)

                #expect(try await world.call("olga", .delete, "plants/park-b/subnets/10.4.0.0-24").status == 403)
                #expect(try await world.call("sven", .delete, "plants/park-b/subnets/10.4.0.0-24").status == 200)
                #expect(try await subnets() == ["park-a~192.168.1.0-24", "park-b~192.168.1.0-24"])
                #expect(try await world.call("sven", .delete, "plants/park-b").status == 200)
                #expect(try await subnets() == ["park-a~192.168.1.0-24"])
                // R30: the portfolio's grant goes, the plant's own stays.
                #expect(try await world.call("olga", .delete, "grants/anna~portfolio:sued").status == 200)
                #expect(try await subnets() == ["park-a~192.168.1.0-24"])
            }
        }
    }

    @Test("A watcher hears of a change at once, and of none when nothing happens")
    func changes() async throws {
        try await World.run { world in
            let before = try await world.call("lab", .get, "lab/changes").decode(ChangeCount.self).change
            async let heard = world.call("lab", .get, "lab/changes?since=\(before)&wait=5").decode(ChangeCount.self)
            try await world.call("olga", .delete, "grants/anna~plant:park-a")
            #expect(try await heard.change > before)
            let now = try await world.call("lab", .get, "lab/changes").decode(ChangeCount.self).change
            let quiet = try await world.call("lab", .get, "lab/changes?since=\(now)&wait=0.1")
            #expect(try quiet.decode(ChangeCount.self).change == now)
        }
    }

    @Test("Health and metrics answer without a token")
    func health() async throws {
        try await World.run { world in
            try await world.client.execute(uri: "/healthz", method: .get) { #expect($0.status == .ok) }
            try await world.client.execute(uri: "/metrics", method: .get) { response in
                #expect(String(buffer: response.body).contains("mirox_revision 1"))
            }
        }
    }
}
