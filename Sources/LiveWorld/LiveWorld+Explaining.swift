import AccessModel
import Addressing
package import ScenarioModel

/// What the records of control plane and gateway say about a condition that was not so.
extension LiveWorld {
    package func explain(_ condition: Condition, _ observation: Observation) async -> Explanation {
        switch condition {
        case .reach(let reach): await explain(reach, observation)
        case .route(let route): Explanation(why: await routeLines(of: route.person))
        case .routes(let routes): Explanation(why: await routeLines(of: routes.person))
        default: Explanation()
        }
    }

    private func explain(_ reach: Condition.Reach, _ observation: Observation) async -> Explanation {
        let rows = (try? await routeRows(of: reach.from.person)) ?? []
        let covering = rows.filter { $0.subnet.contains(reach.target.address) }
        let winner = covering.first { $0.status == .active }
        let expectedPlant = reach.answeredBy ?? reach.target.device?.plant
        var hops = [
            Explanation.Hop(
                node: "laptop", expected: "tun0 -> gateway",
                actual: connected.contains(reach.from) ? "tun0 -> gateway" : "no tunnel"
            )
        ]
        if reach.outcome == .answered, let expectedPlant {
            hops.append(
                .init(
                    node: "gateway", expected: "\(reach.target.address) -> \(expectedPlant)",
                    actual: winner.map { "\(reach.target.address) -> \($0.plant)" } ?? "refused"))
            if case .reach(let attempt) = observation.sighting {
                hops.append(
                    .init(
                        node: "device", expected: "answered by \(expectedPlant)",
                        actual: attempt.answeredBy.map { "answered by \($0)" }))
            }
        }
        return Explanation(
            hops: hops, why: lines(covering.isEmpty ? rows : covering, of: reach.from.person))
    }

    private func routeLines(of person: PersonID) async -> [String] {
        lines((try? await routeRows(of: person)) ?? [], of: person)
    }

    private func lines(_ rows: [ScenarioModel.RouteRow], of person: PersonID) -> [String] {
        guard !rows.isEmpty else { return ["control plane: \(person) has no route"] }
        return rows.map { row in
            let details = [row.reason, row.pending.map { "pending \($0.rawValue)" }, row.role?.rawValue].compactMap {
                $0
            }
            let rest = details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"
            return "control plane: \(person) \(row.subnet) at \(row.plant) is \(row.status.rawValue)\(rest)"
        }
    }
}
