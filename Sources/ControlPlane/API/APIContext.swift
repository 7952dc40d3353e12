import AccessModel
import ControlProtocol
import Hummingbird

/// A request's surroundings, with who sent it once that is known.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var principal: Principal?
    /// The address that the request came from, without its port.
    let remote: String
    /// The browser's session, also of somebody who may not act any more.
    var session: WebSessions.Session?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remote = source.channel.remoteAddress?.ipAddress ?? "nowhere"
    }

    /// A part of the path, decoded.
    func name(_ parameter: String) throws -> String {
        let text = try parameters.require(parameter)
        guard let decoded = text.removingURLPercentEncoding() else {
            throw ProblemError(code: "invalid-path", status: 400, detail: "'\(text)' is not percent-encoded UTF-8")
        }
        return decoded
    }

    func caller() throws -> Principal {
        guard let principal else {
            throw ProblemError(code: "unauthenticated", status: 401, detail: "a bearer token is needed")
        }
        return principal
    }

    func person() throws -> PersonID {
        guard case .person(let person) = try caller() else {
            throw ProblemError(code: "forbidden", status: 403, detail: "only a person has a VPN profile")
        }
        return person
    }

    func agent() throws -> AgentID {
        guard case .agent(let agent) = try caller() else {
            throw ProblemError(code: "forbidden", status: 403, detail: "only an agent may say this")
        }
        return agent
    }

    func requireGateway() throws {
        guard try caller() == .gateway else {
            throw ProblemError(code: "forbidden", status: 403, detail: "only the gateway may say this")
        }
    }

    func requireLab() throws {
        guard try caller() == .lab else {
            throw ProblemError(code: "forbidden", status: 403, detail: "only the rig may do this")
        }
    }
}

extension Request {
    /// A parameter of the query; absent and empty are the same.
    func query(_ name: String) -> String? {
        guard let text = uri.queryParameters[Substring(name)], !text.isEmpty else { return nil }
        return String(text)
    }

    func number(_ name: String) throws -> UInt64? {
        guard let text = query(name) else { return nil }
        guard let number = UInt64(text) else {
            throw ProblemError(code: "invalid-query", status: 400, detail: "\(name) is a number, not '\(text)'")
        }
        return number
    }

    /// Seconds to wait for news: none when not said, a minute at most.
    func waitSeconds() throws -> Double {
        guard let text = query("wait") else { return 0 }
        guard let seconds = Double(text), seconds >= 0, seconds.isFinite else {
            throw ProblemError(code: "invalid-query", status: 400, detail: "wait is seconds, not '\(text)'")
        }
        return min(seconds, 60)
    }

    func moment(_ name: String) throws -> Timestamp? {
        guard let text = query(name) else { return nil }
        guard let moment = Timestamp(text) else {
            throw ProblemError(
                code: "invalid-query", status: 400, detail: "\(name) is a time of RFC 3339 in UTC, not '\(text)'")
        }
        return moment
    }
}

extension String {
    /// Undoes percent-encoding; `nil` when it is none.
    fileprivate func removingURLPercentEncoding() -> String? {
        guard contains("%") else { return self }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
