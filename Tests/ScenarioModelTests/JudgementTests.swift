import AccessModel
import Addressing
import Foundation
import Testing

@testable import ScenarioModel

func copy<Value: Codable>(of value: Value) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
}

@Suite("Judgements")
struct JudgementTests {
    private static let target = Target(
        address: IPv4Address(192, 168, 1, 20), port: 502, device: nil,
        candidates: [.init(plant: "park-a", device: "inverter-1"), .init(plant: "park-b", device: "inverter-1")])
    private static let from = LaptopID(person: "anna", name: "laptop")
    private static let parkA = DeviceReference(plant: "park-a", device: "inverter-1")

    private func reach(_ change: (inout Condition.Reach) -> Void) -> Condition {
        var reach = Condition.Reach(from: Self.from, target: Self.target, via: .modbus)
        change(&reach)
        return .reach(reach)
    }

    @Test("an answer counts only from the plant that was meant, with what was asked of it")
    func answers() {
        let answer = Sighting.reach(
            Attempt(outcome: .answered, answeredBy: Self.parkA, registers: [0x5375, 0x6e53], status: 200, body: "x"))
        #expect(reach { $0.answeredBy = "park-a" }.judge(answer).verdict == .holds)
        let other = reach { $0.answeredBy = "park-b" }.judge(answer)
        #expect(other.verdict == .fails)
        #expect(other.seen == "park-a/inverter-1 answered with status 200")
        #expect(reach { $0.equals = "SunS" }.judge(answer).verdict == .holds)
        #expect(reach { $0.equals = "SunX" }.judge(answer).verdict == .fails)
        #expect(reach { $0.read = .init(unit: 1, register: 0, count: 3) }.judge(answer).verdict == .fails)
        #expect(reach { $0.status = 404 }.judge(answer).verdict == .fails)
        #expect(reach { $0.bodyContains = "y" }.judge(answer).verdict == .fails)
        #expect(reach { $0.stdoutContains = "y" }.judge(answer).verdict == .fails)
        #expect(reach { $0.target.device = Self.parkA }.judge(answer).verdict == .holds)
        let nameless = Sighting.reach(Attempt(outcome: .answered))
        #expect(reach { $0.target.device = Self.parkA }.judge(nameless).verdict == .fails)
    }

    @Test("an outcome is that one and no other", arguments: Condition.Outcome.allCases)
    func outcomes(expected: Condition.Outcome) {
        for outcome in Condition.Outcome.allCases {
            let judgement = reach { $0.outcome = expected }.judge(.reach(Attempt(outcome: outcome)))
            #expect((judgement.verdict == .holds) == (outcome == expected))
        }
    }

    private static let rows = [
        RouteRow(
            plant: "park-a", subnet: Prefix(around: IPv4Address(192, 168, 1, 0), length: 24), status: .active,
            pending: .remove),
        RouteRow(plant: "park-b", subnet: Prefix(around: IPv4Address(192, 168, 1, 0), length: 24), status: .conflict),
    ]

    @Test("a route is held against every row of its plant")
    func route() {
        let rows = Sighting.routes(Self.rows)
        func judge(_ plant: PlantID, _ status: Condition.RouteStatus?, pending: Condition.Pending? = nil) -> Bool {
            var route = Condition.Route(person: "anna", plant: plant, status: status)
            route.pending = pending
            return Condition.route(route).judge(rows).verdict == .holds
        }
        #expect(judge("park-a", .active))
        #expect(judge("park-a", .active, pending: .remove))
        #expect(!judge("park-a", .active, pending: .add))
        #expect(!judge("park-a", .conflict))
        #expect(!judge("park-a", .absent))
        #expect(judge("park-c", .absent))
        #expect(!judge("park-c", .active))
        #expect(!judge("park-c", nil, pending: .add))
    }

    @Test("a table is exact or includes, ordered or not; what differs is shown side by side")
    func routes() {
        let a = Condition.Routes.Row(plant: "park-a", subnet: Self.rows[0].subnet, status: .active)
        let b = Condition.Routes.Row(plant: "park-b", subnet: Self.rows[0].subnet, status: .conflict)
        func judge(_ rows: [Condition.Routes.Row], exact: Bool, ordered: Bool) -> Judgement {
            Condition.routes(.init(person: "anna", rows: rows, isExact: exact, isOrdered: ordered))
                .judge(.routes(Self.rows))
        }
        #expect(judge([a, b], exact: true, ordered: true).verdict == .holds)
        #expect(judge([b, a], exact: true, ordered: true).verdict == .fails)
        #expect(judge([b, a], exact: true, ordered: false).verdict == .holds)
        #expect(judge([b], exact: true, ordered: false).verdict == .fails)
        #expect(judge([b], exact: false, ordered: false).verdict == .holds)
        #expect(judge([b, a], exact: false, ordered: true).verdict == .fails)
        #expect(
            judge([b], exact: true, ordered: false).table == [
                .init(expected: b.text, observed: b.text),
                .init(expected: "-", observed: a.text, difference: "too much"),
            ])
        #expect(
            judge([b, a], exact: true, ordered: true).table == [
                .init(expected: b.text, observed: a.text, difference: "stands in place 2"),
                .init(expected: a.text, observed: b.text, difference: "stands in place 1"),
            ])
    }

    @Test("sessions, audit, connections and tunnels")
    func rest() {
        let session = Condition.session(.init(person: "anna", isOnline: true, bytesAbove: 0))
        #expect(session.judge(.sessions([.init(isOnline: true, bytes: 1)])).verdict == .holds)
        #expect(session.judge(.sessions([.init(isOnline: true, bytes: 0)])).verdict == .fails)
        #expect(session.judge(.sessions([.init(isOnline: false, bytes: 1)])).verdict == .fails)
        #expect(session.judge(.sessions([])).verdict == .fails)
        let audit = Condition.audit(.init(action: .syncFailed, count: 2))
        #expect(audit.judge(.audit(count: 2)).verdict == .holds)
        #expect(audit.judge(.audit(count: 3)).verdict == .fails)
        #expect(Condition.audit(.init(action: .syncFailed)).judge(.audit(count: 0)).verdict == .fails)
        let connection = Condition.connection(.init(id: "shell", state: .reset))
        #expect(connection.judge(.connection(.reset)).verdict == .holds)
        #expect(connection.judge(.connection(.closed)).verdict == .fails)
        let tunnel = Condition.tunnel(.init(laptop: Self.from, state: .up))
        #expect(tunnel.judge(.tunnel(.up)).verdict == .holds)
        #expect(tunnel.judge(.tunnel(.idle)).verdict == .fails)
        #expect(tunnel.judge(.unfinished("no answer")).verdict == .unknown)
        #expect(tunnel.judge(.connection(.open)).verdict == .unknown)
    }

    @Test(
        "spans of time in words",
        arguments: [(500, "500 ms"), (2000, "2 s"), (1500, "1.5 s"), (1050, "1.05 s"), (180_000, "3 min"), (0, "0 ms")])
    func durations(milliseconds: Int, text: String) {
        #expect(Duration.milliseconds(milliseconds).text == text)
    }
}
