import ControlProtocol
import Hummingbird

/// What agents and the gateway say.
struct MachineRoutes {
    let service: ControlPlaneService

    func add(to group: RouterGroup<APIContext>) {
        group.post("agent/enroll") { request, context in
            let body = try await JSON.decode(EnrolmentRequest.self, from: request)
            return try JSON.response(try await service.enrol(body, from: context.remote), status: .created)
        }
        group.post("agent/heartbeat") { request, context in
            let agent = try context.agent()
            await service.receive(try await JSON.decode(Heartbeat.self, from: request), of: agent)
            return Response(status: .noContent)
        }
        let gateway = group.group("gateway")
        gateway.get("revisions") { request, context in
            try context.requireGateway()
            let since = try request.number("since") ?? 0
            return try JSON.response(try await service.revisions(since: since, wait: try request.waitSeconds()))
        }
        gateway.post("acks") { request, context in
            try context.requireGateway()
            let body = try await JSON.decode(Acknowledgement.self, from: request)
            try await service.deliver(.acknowledgement) { try $0.acknowledge(body) }
            return Response(status: .noContent)
        }
        gateway.post("peers") { request, context in
            try context.requireGateway()
            let body = try await JSON.decode(PeerReport.self, from: request, upTo: JSON.mostReportBytes)
            try await service.deliver(.peers) { try $0.receive(body) }
            return Response(status: .noContent)
        }
        gateway.post("flows") { request, context in
            try context.requireGateway()
            let body = try await JSON.decode(FlowReport.self, from: request, upTo: JSON.mostReportBytes)
            try await service.deliver(.flows) { try $0.receive(body) }
            return Response(status: .noContent)
        }
    }
}
