import ControlProtocol
import HTTPTypes

extension Operation {
    private static let tab = "/api/v1/me/vpn"

    /// What a person does on the VPN tab.
    static let ofPeople: [Operation] = [
        .init(
            method: .get, path: tab, summary: "The certificate and the counts.", caller: .person,
            answers: [200: .json(VPNOverview.self)]),
        .init(
            method: .post, path: tab + "/certificate", summary: "Issues the certificate for a key made by the caller.",
            caller: .person, headers: [.idempotencyKey], body: CertificateRequest.self,
            answers: [201: .json(CertificateIssued.self)], problems: [409]),
        .init(
            method: .post, path: tab + "/certificate/rotate", summary: "Replaces the key at the next sync.",
            caller: .person, headers: [.idempotencyKey], body: CertificateRequest.self,
            answers: [201: .json(CertificateIssued.self)], problems: [404, 409]),
        .init(
            method: .delete, path: tab + "/certificate",
            summary: "Revokes at once; 202 while the gateway cannot be reached.", caller: .person,
            answers: [204: .empty, 202: .json(PendingAnswer.self)]),
        .init(
            method: .get, path: tab + "/routes", summary: "Reachable subnets in the page's order.", caller: .person,
            query: [
                .init(name: "search", about: "Part of a subnet, plant, portfolio or organisation."),
                .init(name: "organization", about: "Only of this one."),
                .init(name: "portfolio", about: "Only of this one."), .init(name: "plant", about: "Only of this one."),
                .init(
                    name: "status", about: "Only these.",
                    schema: ["type": "string", "enum": ["active", "conflict", "unreachable"]]),
                .limit, .cursor,
            ], answers: [200: .tagged(RoutePage.self)], problems: [409]),
        .init(
            method: .post, path: tab + "/routes/refresh", summary: "Pulls the newest routes; waits for the gateway.",
            caller: .person, answers: [200: .json(RefreshAnswer.self), 202: .json(RefreshAnswer.self)]),
        .init(
            method: .put, path: tab + "/routes/{route}/winner", summary: "Use this park for the contested range.",
            caller: .person, headers: [.ifMatch],
            answers: [200: .json(WinnerAnswer.self), 202: .json(WinnerAnswer.self)], problems: [409, 412]),
        .init(
            method: .get, path: tab + "/sessions", summary: "Recent connections, newest first.", caller: .person,
            answers: [200: .json(SessionPage.self)]),
        .init(
            method: .get, path: tab + "/events", summary: "Changes of the page, as server-sent events.",
            caller: .person,
            query: [
                .init(name: "view", about: "`brief`: snapshots without rows.", schema: ["type": "string"]),
                .init(name: "last", about: "As Last-Event-ID, for a first connection."),
            ],
            headers: [.lastEvent], answers: [200: .text("text/event-stream")], problems: [503]),
        .init(
            method: .get, path: "/api/v1/permissions/events",
            summary: "That permissions, agents or the sync have changed, as server-sent events.", caller: .admin,
            query: [.init(name: "last", about: "As Last-Event-ID, for a first connection.")], headers: [.lastEvent],
            answers: [200: .text("text/event-stream")], problems: [503]),
    ]
}
