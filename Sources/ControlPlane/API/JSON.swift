import ControlProtocol
import Foundation
import Hummingbird

/// Bodies in and out: bounded, and without fields that nobody knows.
enum JSON {
    /// Enough for anything that a person or an agent says.
    static let mostBytes = 64 * 1024
    /// A gateway reports on every peer at once.
    static let mostReportBytes = 8 * 1024 * 1024

    static func decode<Value: Codable>(
        _ type: Value.Type, from request: Request, upTo limit: Int = mostBytes
    ) async throws -> Value {
        var request = request
        let body = try await request.collectBody(upTo: limit)
        let data = Data(body.readableBytesView)
        let value: Value
        do {
            value = try JSONDecoder().decode(type, from: data)
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            throw ProblemError(code: "invalid-json", status: 400, detail: "the body is not JSON of the right shape")
        }
        // Written back, a value has every field that was understood; whatever else came in is unknown.
        let understood = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value), options: .fragmentsAllowed)
        let received = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
        if let field = unknownField(in: received, understood: understood) {
            throw ProblemError(code: "unknown-field", status: 422, detail: "unknown field '\(field)'")
        }
        return value
    }

    private static func unknownField(in received: Any, understood: Any) -> String? {
        if let received = received as? [String: Any], let understood = understood as? [String: Any] {
            for (name, value) in received.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
                guard let known = understood[name] else { return name }
                if let inner = unknownField(in: value, understood: known) { return "\(name).\(inner)" }
            }
        }
        if let received = received as? [Any], let understood = understood as? [Any] {
            for (value, known) in zip(received, understood) {
                if let inner = unknownField(in: value, understood: known) { return inner }
            }
        }
        return nil
    }

    static func response(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        response(text: try Store.encode(value), status: status)
    }

    static func response(text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
