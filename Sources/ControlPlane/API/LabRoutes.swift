import AccessModel
import ControlProtocol
import Hummingbird

/// What the rig drives and watches.
struct LabRoutes {
    let service: ControlPlaneService

    /// More often than this nobody can want a tick.
    private static let leastIntervalSeconds = 0.05

    func add(to group: RouterGroup<APIContext>) {
        group.post("sync") { request, context in
            try context.requireLab()
            let body = try await JSON.decode(SyncRequest.self, from: request)
            switch (body.now, body.pause, body.every) {
            case (true, nil, nil): return try JSON.response(try await service.syncNow())
            case (nil, true, nil): return try JSON.response(try await service.setInterval(nil))
            case (nil, nil, let seconds?) where seconds >= Self.leastIntervalSeconds && seconds.isFinite:
                return try JSON.response(try await service.setInterval(seconds))
            default:
                throw ProblemError(
                    code: "invalid-body", status: 422,
                    detail: "exactly one of now: true, pause: true and every: seconds")
            }
        }
        group.get("sync/status") { _, context in
            try context.requireLab()
            return try JSON.response(await service.status)
        }
        group.get("sync/faults") { _, context in
            try context.requireLab()
            return try JSON.response(SyncFaultPage(rows: await service.faults.waiting))
        }
        group.post("sync/faults") { request, context in
            try context.requireLab()
            let fault = try await JSON.decode(SyncFault.self, from: request)
            return try JSON.response(try await service.add(fault), status: .created)
        }
        group.delete("sync/faults") { _, context in
            try context.requireLab()
            await service.healFaults()
            return Response(status: .noContent)
        }
        group.get("clock") { _, context in
            try context.requireLab()
            return try JSON.response(await service.clock)
        }
        group.post("clock") { request, context in
            try context.requireLab()
            let step = try await JSON.decode(ClockRequest.self, from: request)
            return try JSON.response(try await service.advanceClock(bySeconds: step.advance))
        }
        group.get("lab/changes") { request, context in
            try context.requireLab()
            let since = try request.number("since") ?? 0
            return try JSON.response(
                await service.waitForChange(since: since, seconds: try request.waitSeconds()))
        }
        group.get("lab/agents") { _, context in
            try context.requireLab()
            return try JSON.response(await service.agents)
        }
    }

    /// Prometheus text.
    static func metrics(of service: ControlPlaneService) async -> String {
        let status = await service.status
        let metrics = await service.metrics
        let agents = await service.agents.rows
        let gauges: [(String, String, UInt64)] = [
            ("mirox_generation", "changes of intent", status.generation),
            ("mirox_revision", "publications to the gateway", status.revision),
            ("mirox_acknowledged_revision", "newest revision that the gateway applied", status.acknowledged),
            ("mirox_pending_people", "people with a change that waits", UInt64(status.pendingPeople.count)),
            ("mirox_gateway_connected", "1 while the gateway waits for revisions", status.gatewayConnected ? 1 : 0),
            ("mirox_people", "people", UInt64(await service.state.intent.people.count)),
            ("mirox_certificates", "certificates", UInt64(await service.state.intent.certificates.count)),
            ("mirox_plants", "plants", UInt64(await service.state.intent.plants.count)),
            ("mirox_event_streams", "event streams open", UInt64(service.streams.count)),
            ("mirox_agents_online", "agents online", UInt64(agents.filter { $0.liveness == .online }.count)),
        ]
        let counters: [(String, String, UInt64)] = [
            ("mirox_ticks_total", "syncs", status.ticks),
            ("mirox_http_requests_total", "requests answered", metrics.requests),
            ("mirox_http_problems_total", "requests answered with a problem", metrics.problems),
            ("mirox_gateway_polls_total", "polls for revisions", metrics.polls),
            ("mirox_peer_reports_total", "reports of peers", metrics.peerReports),
            ("mirox_flow_reports_total", "reports of flows", metrics.flowReports),
            ("mirox_agent_heartbeats_total", "heartbeats of agents", metrics.heartbeats),
            ("mirox_refused_attempts_total", "wrong tokens beyond the limit", metrics.refusedAttempts),
            ("mirox_event_streams_refused_total", "event streams beyond the limit", service.streams.refusedCount),
            ("mirox_message_faults_total", "messages that a fault befell", metrics.messageFaults),
        ]
        func lines(_ values: [(String, String, UInt64)], _ type: String) -> String {
            values.map { "# HELP \($0) \($1)\n# TYPE \($0) \(type)\n\($0) \($2)\n" }.joined()
        }
        return lines(gauges, "gauge") + lines(counters, "counter")
    }
}
