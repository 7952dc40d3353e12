import AccessModel
import ControlProtocol
import Hummingbird
import Logging

/// Tells every error as a problem.
struct ProblemMiddleware: RouterMiddleware {
    let service: ControlPlaneService

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await next(request, context)
            await service.count(isProblem: false)
            return response
        } catch {
            await service.count(isProblem: true)
            let problem = ProblemError(describing: error)
            if problem.problem.status == 500 { context.logger.error("\(request.method) \(request.uri): \(error)") }
            return try problem.response
        }
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
        else { throw ProblemError(code: "unauthenticated", status: 401, detail: "the bearer token is unknown") }
        if case .person(let person) = principal, await service.state.intent.people[person]?.isActive != true {
            throw ProblemError(code: "deactivated", status: 403, detail: "\(person) is deactivated")
        }
        var context = context
        context.principal = principal
        return try await next(request, context)
    }
}

extension ControlPlaneService {
    func count(isProblem: Bool) {
        metrics.requests += 1
        if isProblem { metrics.problems += 1 }
    }
}
