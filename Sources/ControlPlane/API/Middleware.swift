import AccessModel
import ControlProtocol
import Hummingbird
import Logging

/// Tells every error as a problem.
struct ProblemMiddleware: RouterMiddleware {
    let service: ControlPlaneService
    let index: RouteIndex

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await next(request, context)
            await service.count(isProblem: false)
            return response
        } catch {
            await service.count(isProblem: true)
            let problem = describe(error, of: request)
            if problem.problem.status == 500 { context.logger.error("\(request.method) \(request.uri): \(error)") }
            return try problem.response
        }
    }

    private func describe(_ error: any Error, of request: Request) -> ProblemError {
        let problem = ProblemError(describing: error)
        let methods = index.methods(of: request.uri.path)
        guard error is HTTPError, problem.problem.status == 404, !methods.isEmpty else { return problem }
        return ProblemError(
            code: "method-not-allowed", status: 405,
            detail: "\(request.method) is not for this path", allow: methods.joined(separator: ", "))
    }
}

/// Finds out who is calling; what needs nobody works without.
struct BearerMiddleware: RouterMiddleware {
    let service: ControlPlaneService

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let header = request.headers[.authorization] else { return try await next(request, context) }
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer",
            let principal = await service.principal(of: String(words[1]))
        else { throw await service.refusal(of: "the bearer token", from: context.remote) }
        if case .person(let person) = principal, await service.state.intent.people[person]?.isActive != true {
            throw ProblemError(code: "deactivated", status: 403, detail: "\(person) is deactivated")
        }
        var context = context
        context.principal = principal
        return try await next(request, context)
    }
}

extension ControlPlaneService {
    /// A wrong token is told as such, or, when there were too many from there, to wait.
    func refusal(of token: String, from source: String, code: String = "unauthenticated") -> ProblemError {
        guard let seconds = attempts.fail(from: source, at: now) else {
            return ProblemError(code: code, status: 401, detail: "\(token) is unknown")
        }
        metrics.refusedAttempts += 1
        return ProblemError(
            code: "too-many-attempts", status: 429, detail: "too many wrong tokens from \(source)",
            retrySeconds: seconds)
    }

    func count(isProblem: Bool) {
        metrics.requests += 1
        if isProblem { metrics.problems += 1 }
    }
}
