package import Addressing
import AsyncHTTPClient
package import ControlProtocol
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
package import Timebase

/// Why the control plane did not do what it was asked.
package struct ControlPlaneError: Error, Hashable, Sendable, CustomStringConvertible {
    package var operation: String
    /// `nil` when there was no answer.
    package var status: Int?
    package var detail: String

    package var description: String {
        "\(operation): \(status.map { "status \($0), " } ?? "")\(detail)"
    }
}

/// The gateway's and the agents' way to the control plane: JSON over HTTP with a bearer token.
package final class ControlPlaneClient: Sendable {
    /// `http://203.0.113.10:8080`, no slash at the end.
    package let base: String
    package let gate = MessageGate()
    private let bearer: String
    /// The WAN address that requests come from; `nil` leaves it to routing.
    private let source: IPv4Address?
    private let timeout: Span
    /// Messages that wait until the next one of their kind has overtaken them.
    private let overtaken = Mutex<[ControlMessage: [Request]]>([:])
    private static let answerLimitBytes = 64 << 20

    private struct Request: Sendable {
        var path: String
        var body: Data
    }

    package init(
        base: String, bearer: String = "", from source: IPv4Address? = nil, timeout: Span = .seconds(5)
    ) {
        self.base = base
        self.bearer = bearer
        self.source = source
        self.timeout = timeout
    }

    // MARK: Gateway

    /// Waits until there is something newer than `since`, at most that long.
    package func revisions(since: UInt64, waitSeconds: Int) async throws(ControlPlaneError) -> RevisionBatch {
        try await get(
            "/api/v1/gateway/revisions?since=\(since)&wait=\(waitSeconds)",
            timeout: Span.seconds(UInt64(max(waitSeconds, 0))) + timeout)
    }

    package func send(_ acknowledgement: Acknowledgement) async throws(ControlPlaneError) {
        try await post(acknowledgement, to: "/api/v1/gateway/acks", as: .acknowledgement)
    }

    package func send(_ report: PeerReport) async throws(ControlPlaneError) {
        try await post(report, to: "/api/v1/gateway/peers", as: .peers)
    }

    package func send(_ report: FlowReport) async throws(ControlPlaneError) {
        try await post(report, to: "/api/v1/gateway/flows", as: .flows)
    }

    // MARK: Agents

    /// Trades a one-time token for everything that an agent needs.
    package func enroll(_ request: EnrolmentRequest) async throws(ControlPlaneError) -> Enrolment {
        let path = "/api/v1/agent/enroll"
        try await hold(.enrolment)
        let answer = try await perform(.POST, path, body: encode(request, path), timeout: timeout)
        return try decode(answer, path)
    }

    package func send(_ heartbeat: Heartbeat) async throws(ControlPlaneError) {
        try await post(heartbeat, to: "/api/v1/agent/heartbeat", as: .heartbeat)
    }

    /// Sends heartbeats until the task is cancelled; one that fails is followed by the next.
    ///
    /// - Parameter started: when the agent came up.
    package func beat(every interval: Span, version: String, since started: Moment, now: @Sendable () -> Moment) async {
        while !Task.isCancelled {
            let beat = Heartbeat(uptimeSeconds: now().since(started).seconds, version: version)
            // A lost heartbeat is what the control plane watches for; there is nobody else to tell.
            try? await send(beat)
            try? await Task.sleep(for: .nanoseconds(Int64(clamping: interval.nanoseconds)))
        }
    }

    // MARK: Requests

    private func get<Answer: Decodable>(
        _ path: String, timeout: Span
    ) async throws(ControlPlaneError) -> Answer {
        try decode(try await perform(.GET, path, body: nil, timeout: timeout), path)
    }

    private func post(
        _ message: some Encodable, to path: String, as kind: ControlMessage
    ) async throws(ControlPlaneError) {
        let request = Request(path: path, body: try encode(message, path))
        switch gate.fate(of: kind) {
        case .drop:
            throw ControlPlaneError(operation: path, detail: "lost by a fault")
        case .overtaken:
            overtaken.withLock { $0[kind, default: []].append(request) }
            return
        case .delay(let span):
            try await pause(span, path)
        case .duplicate:
            try await post(request)
        case .pass:
            break
        }
        try await post(request)
        let late = overtaken.withLock { $0.removeValue(forKey: kind) } ?? []
        for request in late { try await post(request) }
    }

    private func post(_ request: Request) async throws(ControlPlaneError) {
        _ = try await perform(.POST, request.path, body: request.body, timeout: timeout)
    }

    /// For a message with an answer: lost or late.
    private func hold(_ kind: ControlMessage) async throws(ControlPlaneError) {
        switch gate.fate(of: kind) {
        case .drop: throw ControlPlaneError(operation: kind.rawValue, detail: "lost by a fault")
        case .delay(let span): try await pause(span, kind.rawValue)
        case .pass, .duplicate, .overtaken: break
        }
    }

    private func pause(_ span: Span, _ operation: String) async throws(ControlPlaneError) {
        do {
            try await Task.sleep(for: .nanoseconds(Int64(clamping: span.nanoseconds)))
        } catch {
            throw ControlPlaneError(operation: operation, detail: "cancelled")
        }
    }

    private func perform(
        _ method: HTTPMethod, _ path: String, body: Data?, timeout: Span
    ) async throws(ControlPlaneError) -> Data {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let source {
            request.localAddress = source.description
            // An agent speaks a few times a minute; a thousand idle connections, each with its timer, are no help to anybody.
            request.headers.add(name: "Connection", value: "close")
        }
        if !bearer.isEmpty { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let status: Int
        let answer: Data
        do {
            let deadline = TimeAmount.nanoseconds(Int64(clamping: timeout.nanoseconds))
            let response = try await HTTPClient.shared.execute(request, timeout: deadline)
            status = Int(response.status.code)
            let content = try await response.body.collect(upTo: Self.answerLimitBytes)
            answer = Data(content.readableBytesView)
        } catch {
            throw ControlPlaneError(operation: path, detail: "\(error)")
        }
        guard (200..<300).contains(status) else {
            throw ControlPlaneError(
                operation: path, status: status, detail: String(decoding: answer.prefix(400), as: UTF8.self))
        }
        return answer
    }

    private func encode(_ message: some Encodable, _ operation: String) throws(ControlPlaneError) -> Data {
        do {
            return try JSONEncoder().encode(message)
        } catch {
            throw ControlPlaneError(operation: operation, detail: "\(error)")
        }
    }

    private func decode<Answer: Decodable>(_ data: Data, _ operation: String) throws(ControlPlaneError) -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: data)
        } catch {
            throw ControlPlaneError(operation: operation, detail: "\(error)")
        }
    }
}
