import AccessModel
import ControlProtocol
import HTTPTypes
import Hummingbird
import NIOCore

/// The pages: who sees which, and what becomes of those who may not.
struct WebRoutes {
    let service: ControlPlaneService
    let sessions: WebSessions

    func add(to router: Router<APIContext>) {
        WebAssets.add(to: router)
        router.get("/") { _, context in
            switch context.session?.principal {
            case .lab: Self.redirect(to: "/lab")
            case .some: Self.redirect(to: "/profile/vpn")
            case nil: Self.redirect(to: "/login")
            }
        }
        router.get("login") { request, context in
            let intent = await service.state.intent
            let next = Self.fields(request.uri.query ?? "")["next"] ?? "/"
            let visitor = context.session.map { Visitor(session: $0, intent: intent) }
            return LoginPage(intent: intent, next: Self.local(next)).page.response(to: visitor)
        }
        router.post("login") { request, _ in try await signIn(request) }
        router.post("logout") { request, context in
            try await Self.requireToken(request, context)
            return Self.redirect(to: "/login", cookie: Self.cookie("", seconds: 0))
        }
        page(router, "profile") { _, visitor in
            guard let person = visitor.person else { return Self.redirect(to: "/lab") }
            return ProfilePage(person: person, intent: await service.state.intent).page.response(to: visitor)
        }
        page(router, "profile/vpn") { request, visitor in
            guard let person = visitor.person else { return Self.redirect(to: "/lab") }
            let content = try await VPNPage.Content(of: person, from: service)
            let filter = VPNPage.Filter(
                search: request.query("search") ?? "", portfolio: request.query("portfolio") ?? "",
                plant: request.query("plant") ?? "")
            return VPNPage(content: content, filter: filter).page.response(to: visitor)
        }
        page(router, "permissions") { request, visitor in
            let intent = await service.state.intent
            let chosen = request.query("organization").map { OrganizationID($0) } ?? visitor.administers.first
            guard let chosen else { throw Self.refusal("only an admin of an organization sees its permissions") }
            try Authority(principal: visitor.session.principal, intent: intent).requireAdmin(of: chosen)
            let status = await service.status
            return PermissionsPage(
                organization: chosen, visitor: visitor, intent: intent, status: status,
                agents: await service.agents.rows
            ).page.response(to: visitor)
        }
        page(router, "organizations/:organization/audit") { request, visitor in
            let intent = await service.state.intent
            let organization = OrganizationID(request.parameter)
            try Authority(principal: visitor.session.principal, intent: intent).requireAdmin(of: organization)
            return try await AuditPageView(
                organization: organization, visitor: visitor, request: request.request, service: service
            ).page.response(to: visitor)
        }
        page(router, "lab") { _, visitor in
            guard visitor.session.principal == .lab else {
                throw Self.refusal("the lab page is for whoever runs the rig: sign in as the rig")
            }
            return LabPage().page.response(to: visitor)
        }
    }

    /// A request for a page, with the one parameter that a path may have.
    struct PageRequest {
        var request: Request
        var parameter: String

        /// A parameter of the query, as a form writes it; absent and empty are the same.
        func query(_ name: String) -> String? {
            guard let text = WebRoutes.fields(request.uri.query ?? "")[name], !text.isEmpty else { return nil }
            return text
        }
    }

    /// A page for whoever is signed in; others are led to the sign-in and back.
    ///
    /// Errors are pages too.
    private func page(
        _ router: Router<APIContext>, _ path: RouterPath,
        _ body: @escaping @Sendable (PageRequest, Visitor) async throws -> Response
    ) {
        router.get(path) { request, context in
            let intent = await service.state.intent
            guard let session = context.session else {
                return Self.redirect(to: "/login?next=\(request.uri.description.escapedForPath)")
            }
            let visitor = Visitor(session: session, intent: intent)
            do {
                guard context.principal != nil else { throw Self.refusal("\(visitor.name) is deactivated") }
                let parameter = context.parameters.get("organization") == nil ? "" : try context.name("organization")
                return try await body(PageRequest(request: request, parameter: parameter), visitor)
            } catch {
                let problem = ProblemError(describing: error).problem
                return ErrorPage(problem: problem).page.response(
                    to: visitor, status: HTTPResponse.Status(code: problem.status))
            }
        }
    }

    // MARK: Signing in

    private func signIn(_ request: Request) async throws -> Response {
        try SessionMiddleware.requireOwnOrigin(request)
        let fields = try await Self.form(request)
        let principal: Principal
        if fields["lab"] != nil {
            principal = .lab
        } else {
            let person = PersonID(fields["person"] ?? "")
            guard await service.state.intent.people[person] != nil else {
                throw CommandError(.unknownPerson, "there is no person '\(person)'")
            }
            principal = .person(person)
        }
        let fallback = principal == .lab ? "/lab" : "/profile/vpn"
        let next = Self.local(fields["next"] ?? "/")
        return Self.redirect(
            to: next == "/" ? fallback : next,
            cookie: Self.cookie(sessions.begin(for: principal), seconds: Int(WebSessions.seconds)))
    }

    private static func cookie(_ value: String, seconds: Int) -> String {
        "\(WebSessions.cookie)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)"
    }

    private static func requireToken(_ request: Request, _ context: APIContext) async throws {
        try SessionMiddleware.requireOwnOrigin(request)
        let token = try await form(request)["csrf"] ?? ""
        guard let session = context.session, WebSessions.isEqual(token, session.csrfToken) else {
            throw ProblemError(code: "csrf", status: 403, detail: "the form is not one of this session's pages")
        }
    }

    /// An address on this site, never another one.
    private static func local(_ text: String) -> String {
        let isLocal =
            text.hasPrefix("/") && !text.hasPrefix("//") && !text.contains("\\")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        return isLocal ? text : "/"
    }

    private static func redirect(to path: String, cookie: String? = nil) -> Response {
        var headers = WebPage.headers
        headers[.location] = path
        if let cookie { headers[.setCookie] = cookie }
        return Response(status: .seeOther, headers: headers)
    }

    private static func refusal(_ text: String) -> ProblemError {
        ProblemError(code: "forbidden", status: 403, detail: text)
    }

    /// The fields of a posted form.
    private static func form(_ request: Request) async throws -> [String: String] {
        var request = request
        return fields(String(buffer: try await request.collectBody(upTo: 8 * 1024)))
    }

    /// `search=park+a&plant=`: what a form sends, in a query or a body.
    fileprivate static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).removingFormEncoding }
            fields[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        return fields
    }
}

extension String {
    /// Undoes a form's encoding: `+` is a space, `%` begins two hex digits; what is neither stays.
    fileprivate var removingFormEncoding: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
