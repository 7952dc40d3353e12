import AccessModel
import ControlProtocol
import Foundation
import GRDB
import Hummingbird
import NIOCore

/// An error that is answered as `application/problem+json`.
struct ProblemError: Error {
    let problem: Problem
    /// When the same may be tried again.
    var retrySeconds: Int?
    /// The methods that the path has.
    var allow: String?

    init(code: String, status: Int, detail: String? = nil, retrySeconds: Int? = nil, allow: String? = nil) {
        self.retrySeconds = retrySeconds
        self.allow = allow
        problem = Problem(code: code, status: status, detail: detail)
    }

    init(_ error: CommandError) {
        problem = Problem(code: error.code.rawValue, status: error.code.status, detail: error.message)
    }

    /// How any error is told; what is not foreseen tells nothing of the inside.
    init(describing error: any Error) {
        switch error {
        case let error as ProblemError: self = error
        case let error as CommandError: self.init(error)
        case let error as DecodingError: self.init(code: "invalid-body", status: 422, detail: error.words)
        case let error as HTTPError:
            let code = error.status.code == 404 ? "not-found" : "http-\(error.status.code)"
            self.init(code: code, status: error.status.code, detail: error.body)
        case let error as DatabaseError: self.init(error)
        case is NIOTooManyBytesError: self.init(code: "body-too-long", status: 413)
        default: self.init(code: "internal", status: 500)
        }
    }

    /// The change did not happen; whatever was answered before is safe.
    private init(_ error: DatabaseError) {
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR:
            self.init(
                code: "storage-full", status: 507,
                detail: "the database cannot grow (\(error.message ?? "full")): make room; nothing was changed")
        default:
            self.init(
                code: "storage-failed", status: 500,
                detail: "the database refused (\(error.message ?? "why is unknown"))")
        }
    }

    var response: Response {
        get throws {
            var response = try JSON.response(problem, status: HTTPResponse.Status(code: problem.status))
            response.headers[.contentType] = "application/problem+json"
            if let allow { response.headers[.allow] = allow }
            if let retrySeconds { response.headers[.retryAfter] = String(retrySeconds) }
            if problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
            return response
        }
    }
}
