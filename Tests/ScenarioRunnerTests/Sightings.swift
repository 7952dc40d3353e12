import AccessModel
import Addressing
import Foundation
import ScenarioModel

@testable import ScenarioRunner

func shippedInstances(_ name: String) throws -> [Instance] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    return try Loader { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
        .plan("Scenarios/\(name).scenario.yaml").instances
}

func shippedFixture(_ name: String) throws -> Fixture {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    return try Loader { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
        .fixture("Fixtures/sites/\(name).yaml")
}

extension Condition {
    /// What must be seen for the condition to hold.
    var fulfilled: Observation {
        let alive = PositiveControl(source: .alive, target: .alive)
        switch self {
        case .reach(let reach):
            guard reach.outcome == .answered else {
                return Observation(.reach(Attempt(outcome: reach.outcome)), control: alive)
            }
            let device = reach.target.device ?? reach.target.candidates.first { $0.plant == reach.answeredBy }
            let registers = Array(reach.equals.map { Array($0.utf8) } ?? [])
            let pairs = stride(from: 0, to: registers.count - 1, by: 2).map {
                UInt16(registers[$0]) << 8 | UInt16(registers[$0 + 1])
            }
            return Observation(
                .reach(
                    Attempt(
                        outcome: .answered, answeredBy: device, registers: pairs, status: reach.status,
                        body: reach.bodyContains, stdout: reach.stdoutContains)), control: alive)
        case .tunnel(let tunnel): return Observation(.tunnel(tunnel.state), control: alive)
        case .route(let route):
            guard let status = route.status, status != .absent else { return Observation(.routes([])) }
            let subnet = route.subnet ?? Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
            return Observation(
                .routes([
                    RouteRow(
                        plant: route.plant, subnet: subnet, status: status, reason: route.reason,
                        pending: route.pending, role: route.role, shadowed: route.shadowed ?? [])
                ]))
        case .routes(let routes):
            return Observation(
                .routes(routes.rows.map { RouteRow(plant: $0.plant, subnet: $0.subnet, status: $0.status) }))
        case .connection(let connection): return Observation(.connection(connection.state))
        case .session(let session):
            return Observation(
                .sessions([
                    SessionRow(
                        isOnline: session.isOnline ?? true, bytes: UInt64(session.bytesAbove ?? 0) + 1,
                        source: session.source, place: session.place, reason: session.reason?.rawValue)
                ]))
        case .audit(let audit): return Observation(.audit(count: audit.count ?? 1))
        default: return Observation(recordFulfilled)
        }
    }
}

extension Condition {
    /// Something that is seen where the condition does not hold.
    var contradicted: Observation {
        let alive = PositiveControl(source: .alive, target: .alive)
        switch self {
        case .reach(let reach):
            return Observation(
                .reach(Attempt(outcome: reach.outcome == .refused ? .reset : .refused)), control: alive)
        case .tunnel(let tunnel): return Observation(.tunnel(tunnel.state == .idle ? .up : .idle), control: alive)
        case .route(let route):
            guard route.status == .absent else { return Observation(.routes([])) }
            let subnet = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
            return Observation(.routes([RouteRow(plant: route.plant, subnet: subnet, status: .active)]))
        case .routes: return Observation(.routes([]))
        case .connection(let connection):
            return Observation(.connection(connection.state == .open ? .stalled : .open))
        case .session: return Observation(.sessions([]))
        case .audit(let audit): return Observation(.audit(count: audit.count.map { $0 + 1 } ?? 0))
        default: return Observation(recordContradicted)
        }
    }
}
