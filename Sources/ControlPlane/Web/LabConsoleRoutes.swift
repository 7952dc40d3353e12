import ControlProtocol
import HTTPTypes
import Hummingbird
import NIOCore

/// What the lab page asks of the rig; only the rig's own session or token may.
struct LabConsoleRoutes {
    let service: ControlPlaneService
    /// `nil` when no rig stands behind this control plane.
    let console: LabConsole?

    func add(to group: RouterGroup<APIContext>) {
        group.get("lab/picture") { request, context in
            try context.requireLab()
            let since = try request.number("since") ?? 0
            return JSON.response(text: try await Self.told { try await found().picture(since) })
        }
        group.get("lab/picture/events") { _, context in
            try context.requireLab()
            return try EventRoutes(service: service).stream(PictureStory(console: try found()))
        }
        group.post("lab/orders") { request, context in
            try context.requireLab()
            var request = request
            let order = String(buffer: try await request.collectBody(upTo: JSON.mostBytes))
            try await Self.told { try await found().perform(order) }
            return Response(status: .noContent)
        }
    }

    private func found() throws -> LabConsole {
        guard let console else {
            throw ProblemError(code: "no-rig", status: 404, detail: "no rig stands behind this control plane")
        }
        return console
    }

    /// What the rig refuses is the caller's problem to read.
    private static func told<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let refusal as LabConsole.Refusal {
            throw ProblemError(code: "rig-refused", status: 409, detail: refusal.reason)
        }
    }
}

/// The lab as a picture once a second, as long as somebody looks.
private struct PictureStory: EventStory {
    let console: LabConsole
    private var number: UInt64 = 0

    init(console: LabConsole) { self.console = console }

    mutating func next() async throws -> String? {
        if number > 0 { try await Task.sleep(for: .seconds(1)) }
        number += 1
        do {
            return "event: picture\nid: \(number)\ndata: \(try await console.picture(0))\n\n"
        } catch let refusal as LabConsole.Refusal {
            return ": \(refusal.reason.split(separator: "\n").joined(separator: " "))\n\n"
        }
    }
}
