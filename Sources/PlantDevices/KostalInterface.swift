import Crypto
import DeviceModel
import Foundation
import Synchronization

/// The interface of a Kostal Plenticore: a login in three steps (RFC 5802 with a session key behind it), then process data.
final class KostalInterface: DataloggerInterface {
    private struct State {
        /// Logins under way, oldest first.
        var logins: [KostalLogin] = []
        var sessions: [String] = []
        var salted: SymmetricKey?
    }

    private static let loginLimit = 16
    private static let sessionLimit = 16
    private static let base = "/api/v1/"
    private static let user = "user"
    private static let rounds = 29_000

    private let password: String
    private let salt: [UInt8]
    private let state = Mutex(State())

    init(password: String, identity: DeviceIdentity) {
        self.password = password
        salt = Array(SHA256.hash(data: Array("salt \(identity)".utf8)).prefix(12))
    }

    var link: String { Self.base + "info/version" }

    func answer(_ request: WebRequest, _ moment: DataloggerMoment) -> Datalogger.Answer? {
        guard request.path.hasPrefix(Self.base) else { return nil }
        let name = String(request.path.dropFirst(Self.base.count))
        switch (request.method, name) {
        case ("GET", "info/version"):
            return .json([
                "api_version": "0.2.0", "hostname": .string("\(moment.identity.plant)-\(moment.identity.device)"),
                "name": "PUCK RESTful API", "sw_version": "01.30.12092",
            ])
        case ("POST", "auth/start"): return start(request)
        case ("POST", "auth/finish"): return finish(request)
        case ("POST", "auth/create_session"): return createSession(request)
        case ("GET", "auth/me"): return me(request)
        default: break
        }
        guard isAuthenticated(request) else { return refusal("missing or invalid session", 401) }
        return answerSession(request, name, moment)
    }

    private func answerSession(
        _ request: WebRequest, _ name: String, _ moment: DataloggerMoment
    ) -> Datalogger.Answer {
        let data = KostalProcessData(moment)
        switch (request.method, name) {
        case ("POST", "auth/logout"):
            let session = session(of: request)
            state.withLock { state in state.sessions.removeAll { $0 == session } }
            return .json([:])
        case ("GET", "modules"): return .json(.array(data.modules.map { ["id": .string($0), "type": "device"] }))
        case ("GET", "processdata"): return .json(data.identifiers)
        case ("GET", let path) where path.hasPrefix("processdata/"):
            let module = String(path.dropFirst("processdata/".count))
            guard let values = data.values(of: module, nil) else { return refusal("module not found", 404) }
            return .json(.array([values]))
        case ("POST", "processdata"):
            guard let wanted = Self.array(request.body) else { return refusal("no valid JSON", 400) }
            let answers = wanted.compactMap { entry in
                (entry["moduleid"] as? String).flatMap { data.values(of: $0, entry["processdataids"] as? [String]) }
            }
            return answers.count == wanted.count ? .json(.array(answers)) : refusal("module not found", 404)
        case ("GET", "settings"): return .json(.array([]))
        case ("POST", "events/latest"): return .json(.array([]))
        default: return refusal("not found", 404)
        }
    }

    private func me(_ request: WebRequest) -> Datalogger.Answer {
        let isKnown = isAuthenticated(request)
        return .json([
            "locked": false, "active": .bool(isKnown), "authenticated": .bool(isKnown), "permissions": .array([]),
            "anonymous": .bool(!isKnown), "role": isKnown ? "USER" : "NONE",
        ])
    }

    private func refusal(_ message: String, _ status: Int) -> Datalogger.Answer {
        .json(["message": .string(message)], status: status)
    }

    private func session(of request: WebRequest) -> String? {
        guard let text = request.authorization, text.hasPrefix("Session ") else { return nil }
        return String(text.dropFirst("Session ".count))
    }

    private func isAuthenticated(_ request: WebRequest) -> Bool {
        guard let session = session(of: request) else { return false }
        return state.withLock { $0.sessions.contains(session) }
    }

    private static func object(_ body: [UInt8]) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    }

    private static func array(_ body: [UInt8]) -> [[String: Any]]? {
        try? JSONSerialization.jsonObject(with: Data(body)) as? [[String: Any]]
    }
}

/// Login.
extension KostalInterface {
    private func start(_ request: WebRequest) -> Datalogger.Answer {
        guard let body = Self.object(request.body), let name = body["username"] as? String,
            let nonce = body["nonce"] as? String, nonce.utf8.count <= 256
        else { return refusal("username and nonce are wanted", 400) }
        let login = KostalLogin(
            user: name, clientNonce: nonce, salt: Data(salt).base64EncodedString(), rounds: Self.rounds)
        state.withLock { state in
            if state.logins.count >= Self.loginLimit { state.logins.removeFirst() }
            state.logins.append(login)
        }
        return .json([
            "nonce": .string(login.serverNonce), "transactionId": .string(login.transaction),
            "salt": .string(login.salt), "rounds": .number(Double(Self.rounds)),
        ])
    }

    private func login(of body: [String: Any]?) -> KostalLogin? {
        guard let transaction = body?["transactionId"] as? String else { return nil }
        return state.withLock { $0.logins.first { $0.transaction == transaction } }
    }

    private func finish(_ request: WebRequest) -> Datalogger.Answer {
        let body = Self.object(request.body)
        guard let login = login(of: body), login.user == Self.user,
            let proof = (body?["proof"] as? String).flatMap({ Data(base64Encoded: $0) }),
            login.isProof(proof, salted: saltedPassword())
        else { return refusal("Authentication failed", 400) }
        state.withLock { state in
            for index in state.logins.indices where state.logins[index].transaction == login.transaction {
                state.logins[index].isProven = true
            }
        }
        return .json([
            "token": .string(login.token),
            "signature": .string(login.serverSignature(salted: saltedPassword()).base64EncodedString()),
        ])
    }

    private func createSession(_ request: WebRequest) -> Datalogger.Answer {
        let body = Self.object(request.body)
        func bytes(_ name: String) -> Data? { (body?[name] as? String).flatMap { Data(base64Encoded: $0) } }
        guard let login = login(of: body), login.isProven, let nonce = bytes("iv"), let tag = bytes("tag"),
            let payload = bytes("payload"),
            login.opens(payload, nonce: nonce, tag: tag, salted: saltedPassword())
        else { return refusal("Authentication failed", 400) }
        let session = KostalLogin.random(16).map { String($0, radix: 16) }.joined()
        state.withLock { state in
            state.logins.removeAll { $0.transaction == login.transaction }
            if state.sessions.count >= Self.sessionLimit { state.sessions.removeFirst() }
            state.sessions.append(session)
        }
        return .json(["sessionId": .string(session)])
    }

    /// PBKDF2, worked out at the first login.
    private func saltedPassword() -> SymmetricKey {
        if let known = state.withLock({ $0.salted }) { return known }
        let salted = KostalLogin.salted(password, salt, rounds: Self.rounds)
        state.withLock { $0.salted = salted }
        return salted
    }
}
