import ControlProtocol
import Hummingbird

/// What agents and the gateway say.
struct MachineRoutes {
    let service: ControlPlaneService

    func add(to group: RouterGroup<APIContext>) {
        group.post("agent/enroll") { request, _ in
            let body = try await JSON.decode(EnrolmentRequest.self, from: request)
            return try JSON.response(try await service.enrol(body), status: .created)
        }
        group.post("agent/heartbeat") { request, context in
            _ = try context.agent()
            _ = try await JSON.decode(Heartbeat.self, from: request)
            return Response(status: .noContent)
        }
        let gateway = group.group("gateway")
        gateway.get("revisions") { request, context in
            try context.requireGateway()
            let since = try request.number("since") ?? 0
            return try JSON.response(await service.revisions(since: since, wait: try request.waitSeconds()))
        }
        gateway.post("acks") { request, context in
            try context.requireGateway()
            let body = try await JSON.decode(Acknowledgement.self, from: request)
            try await service.acknowledge(body)
            return Response(status: .noContent)
        }
        gateway.post("peers") { request, context in
            try context.requireGateway()
            let body = try await JSON.decode(PeerReport.self, from: request, upTo: JSON.mostReportBytes)
            try await service.receive(body)
            return Response(status: .noContent)
        }
        gateway.post("flows") { request, context in
            try context.requireGateway()
            let body = try await JSON.decode(FlowReport.self, from: request, upTo: JSON.mostReportBytes)
            try await service.receive(body)
            return Response(status: .noContent)
        }
    }
}
