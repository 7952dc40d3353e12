import Addressing
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import ScenarioModel

/// The control plane's public API, spoken by whoever a bearer token names.
struct ControlPlaneAPI: Sendable {
    static let limitBytes = 16 << 20

    enum Method: String {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    let endpoint: Endpoint

    /// Calls and decodes what comes back.
    func call<Answer: Decodable>(
        _ method: Method, _ path: String, bearer: String, body: (any Encodable & Sendable)? = nil,
        headers: [String: String] = [:], seconds: Int64 = 10, as type: Answer.Type = Answer.self
    ) async throws(WorldProblem) -> Answer {
        let data = try await send(method, path, bearer: bearer, body: body, headers: headers, seconds: seconds)
        do {
            return try JSONDecoder().decode(Answer.self, from: data)
        } catch {
            throw WorldProblem(.environment, "\(method.rawValue) \(path): the answer is not a \(Answer.self): \(error)")
        }
    }

    /// Calls; any answer below 300 is good.
    ///
    /// - Throws: `.refused` with the last word of the problem's type for an answer from 400 to 499, and for 504: that the gateway
    ///   did not acknowledge is what the product says, not what is wrong with the rig.
    @discardableResult
    func send(
        _ method: Method, _ path: String, bearer: String, body: (any Encodable & Sendable)? = nil,
        headers: [String: String] = [:], seconds: Int64 = 10
    ) async throws(WorldProblem) -> Data {
        var request = HTTPClientRequest(url: "http://\(endpoint)\(path)")
        request.method = HTTPMethod(rawValue: method.rawValue)
        request.headers.add(name: "Authorization", value: "Bearer \(bearer)")
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { request.headers.add(name: name, value: value) }
        do {
            if let body {
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
            }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(seconds))
            let data = Data((try await response.body.collect(upTo: Self.limitBytes)).readableBytesView)
            guard response.status.code < 300 else {
                throw problem(Int(response.status.code), data, "\(method.rawValue) \(path)")
            }
            return data
        } catch let problem as WorldProblem {
            throw problem
        } catch {
            throw WorldProblem(.environment, "\(method.rawValue) \(path): \(error)")
        }
    }

    private func problem(_ status: Int, _ data: Data, _ call: String) -> WorldProblem {
        struct Problem: Decodable {
            var type: String?
            var title: String?
            var detail: String?
        }
        let problem = try? JSONDecoder().decode(Problem.self, from: data)
        let name = problem?.type?.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? "\(status)"
        let text = problem?.detail ?? problem?.title ?? "HTTP \(status)"
        guard (400..<500).contains(status) || status == 504 else {
            return WorldProblem(.environment, "\(call): \(status): \(text)")
        }
        return WorldProblem(.refused(name: name), "\(call): \(text)")
    }
}
