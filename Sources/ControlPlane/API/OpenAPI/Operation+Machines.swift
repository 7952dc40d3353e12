import ControlProtocol
import HTTPTypes

extension Operation {
    private static func message(_ path: String, _ summary: String, _ body: any (Decodable & Sendable).Type) -> Self {
        .init(
            method: .post, path: "/api/v1/gateway/" + path, summary: summary, caller: .gateway, body: body,
            answers: [204: .empty], problems: [503])
    }

    /// What agents and the gateway say.
    static let ofMachines: [Operation] = [
        .init(
            method: .post, path: "/api/v1/agent/enroll",
            summary: "Trades a one-time token for all an agent needs; again for the same key when the answer was lost.",
            caller: .nobody, body: EnrolmentRequest.self, answers: [201: .json(Enrolment.self)],
            problems: [401, 403, 404, 409, 429]),
        .init(
            method: .post, path: "/api/v1/agent/heartbeat", summary: "The agent's process lives.", caller: .agent,
            body: Heartbeat.self, answers: [204: .empty]),
        .init(
            method: .get, path: "/api/v1/gateway/revisions", summary: "What the gateway has yet to apply.",
            caller: .gateway, query: [.since, .wait], answers: [200: .json(RevisionBatch.self)], problems: [503]),
        message("acks", "What the gateway did with a revision.", Acknowledgement.self),
        message("peers", "How peers are: statuses and sessions come from it.", PeerReport.self),
        message("flows", "Who talked to what: the access audit comes from it.", FlowReport.self),
    ]
}
