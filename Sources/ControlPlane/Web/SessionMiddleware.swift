import AccessModel
import ControlProtocol
import HTTPTypes
import Hummingbird

/// Knows signed-in browsers by their cookie, and lets no other site speak for them.
struct SessionMiddleware: RouterMiddleware {
    let service: ControlPlaneService
    let sessions: WebSessions

    static let csrfHeader = "X-CSRF-Token"

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard context.principal == nil, let cookie = request.cookies[WebSessions.cookie]?.value,
            let session = sessions.session(in: cookie)
        else { return try await next(request, context) }
        var context = context
        context.session = session
        if case .person(let person) = session.principal {
            guard await service.state.intent.people[person]?.isActive == true else {
                // Signed in is whoever may act; the pages say what has become of the others.
                if request.uri.path.hasPrefix("/api/") {
                    throw ProblemError(code: "deactivated", status: 403, detail: "\(person) is deactivated")
                }
                return try await next(request, context)
            }
        }
        if request.uri.path.hasPrefix("/api/"), !Self.isSafe(request.method) {
            try Self.requireOwnOrigin(request)
            let token = HTTPField.Name(Self.csrfHeader).flatMap { request.headers[$0] } ?? ""
            guard WebSessions.isEqual(token, session.csrfToken) else {
                throw ProblemError(
                    code: "csrf", status: 403, detail: "a browser's request needs the page's \(Self.csrfHeader)")
            }
        }
        context.principal = session.principal
        return try await next(request, context)
    }

    static func isSafe(_ method: HTTPRequest.Method) -> Bool { [.get, .head, .options].contains(method) }

    /// A browser says from which site a request comes; programs say nothing and are known by other means.
    static func requireOwnOrigin(_ request: Request) throws {
        guard let origin = request.headers[.origin] else { return }
        let host = request.head.authority ?? ""
        guard origin == "http://\(host)" || origin == "https://\(host)" else {
            throw ProblemError(code: "csrf", status: 403, detail: "the request comes from another site: \(origin)")
        }
    }
}
