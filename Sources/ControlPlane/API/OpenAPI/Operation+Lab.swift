import ControlProtocol
import HTTPTypes

extension Operation {
    private static func lab(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, query: [Parameter] = [],
        body: (any (Decodable & Sendable).Type)? = nil, _ answers: [Int: Answer], problems: Set<Int> = []
    ) -> Self {
        .init(
            method: method, path: "/api/v1/" + path, summary: summary, caller: .lab, query: query, body: body,
            answers: answers, problems: problems)
    }

    /// What the rig drives and watches.
    static let ofLab: [Operation] = [
        lab(
            .post, "sync", "One tick now, no more ticks, or ticks every so many seconds.", body: SyncRequest.self,
            [200: .json(SyncStatus.self)], problems: [504]),
        lab(.get, "sync/status", "Generations, revisions and who waits.", [200: .json(SyncStatus.self)]),
        lab(.get, "sync/faults", "Faults that wait for a message.", [200: .json(SyncFaultPage.self)]),
        lab(
            .post, "sync/faults", "Loses, delays, doubles or reorders the next messages of the gateway.",
            body: SyncFault.self, [201: .json(SyncFaultPage.self)], problems: [409]),
        lab(.delete, "sync/faults", "Heals them.", [204: .empty]),
        lab(.get, "clock", "What the control plane takes for now.", [200: .json(ClockAnswer.self)]),
        lab(.post, "clock", "Puts the clock forward.", body: ClockRequest.self, [200: .json(ClockAnswer.self)]),
        lab(
            .get, "lab/changes", "Grows with every change of what the API can show.", query: [.since, .wait],
            [200: .json(ChangeCount.self)]),
        lab(.get, "lab/agents", "How each agent stands.", [200: .json(AgentPage.self)]),
        lab(
            .get, "lab/decisions", "Why an address leads where it does for a person, now or at a moment in the past.",
            query: [
                .init(name: "person", about: "Whose."),
                .init(name: "address", about: "An IPv4 address."),
                .init(
                    name: "at", about: "Now when not said.", schema: ["type": "string", "format": "date-time"]),
            ], [200: .json(RouteDecisionReport.self)], problems: [404]),
        lab(
            .get, "lab/export", "Everything that was decided, to rebuild it elsewhere.",
            [200: .json(StateDocument.self)]),
        lab(
            .get, "lab/commands", "What was decided since an entry of the log.", query: [.since],
            [200: .text("application/json")]),
        lab(.get, "lab/audit", "The whole audit.", query: auditQuery, [200: .json(AuditPage.self)]),
        lab(.get, "lab/audit/verification", "Whether the chain holds.", [200: .json(AuditVerification.self)]),
        lab(
            .get, "lab/picture", "The lab as its page draws it, with the packet decisions after a number.",
            query: [.since], [200: .text("application/json")], problems: [404, 409]),
        lab(
            .get, "lab/picture/events", "The same once a second, as server-sent events.",
            [200: .text("text/event-stream")], problems: [404, 503]),
        lab(
            .post, "lab/orders", "Has the rig do something: connect a laptop, stop an agent, cut a line, heal it.",
            [204: .empty], problems: [404, 409, 413]),
        .init(
            method: .get, path: "/api/v1/openapi.json", summary: "This document.", caller: .nobody,
            answers: [200: .text("application/json")]),
        .init(
            method: .get, path: "/healthz", summary: "Answers while the process does.", caller: .nobody,
            answers: [200: .text("text/plain")]),
        .init(
            method: .get, path: "/metrics", summary: "Counters and gauges for Prometheus.", caller: .nobody,
            answers: [200: .text("text/plain")]),
    ]
}
