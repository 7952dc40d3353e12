import AccessModel
import Addressing
import ControlProtocol
import Hummingbird

/// Answers what was decided: why an address leads where it does, now or in the past, and all of it as a document.
struct DecisionRoutes {
    let service: ControlPlaneService

    func add(to group: RouterGroup<APIContext>) {
        group.get("lab/export") { _, context in
            try context.requireLab()
            return try JSON.response(await service.document)
        }
        group.get("lab/commands") { request, context in
            try context.requireLab()
            return try JSON.response(try await service.commands(since: try request.number("since") ?? 0))
        }
        group.get("lab/decisions") { request, context in
            try context.requireLab()
            guard let person = request.query("person"), let text = request.query("address") else {
                throw ProblemError(code: "invalid-query", status: 400, detail: "person and address are needed")
            }
            guard let address = IPv4Address(text) else {
                throw ProblemError(
                    code: "invalid-query", status: 400, detail: "address is an IPv4 address, not '\(text)'")
            }
            return try JSON.response(
                try await service.decisions(of: PersonID(person), address, at: request.moment("at")))
        }
    }
}

extension ControlPlaneService {
    var document: StateDocument { state.document(at: now) }

    func commands(since sequence: UInt64) throws -> CommandPage {
        let rows = try store.commands(since: sequence).map {
            CommandPage.Row(sequence: $0.sequence, at: $0.at, by: $0.by, command: $0.command)
        }
        return CommandPage(rows: rows, newest: state.counters.sequence)
    }

    func decisions(
        of person: PersonID, _ address: IPv4Address, at moment: Timestamp?
    ) throws -> RouteDecisionReport {
        guard state.intent.people[person] != nil else {
            throw ProblemError(code: "unknown-person", status: 404, detail: "there is no person '\(person)'")
        }
        return decisionLog.report(person: person, address: address, at: moment, now: now)
    }
}
