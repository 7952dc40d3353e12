import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
import ScenarioModel

/// What is on record, looked up anew for each look.
extension LiveWorld {
    func record(_ condition: Condition) async throws -> Sighting {
        switch condition {
        case .access(let access):
            try await flush()
            return try await accessRows(access)
        case .sessions(let sessions):
            try await flush()
            return .sessions(try await sessionRows(of: sessions.person))
        case .certificate(let certificate): return .certificate(try await look(at: certificate))
        case .agent(let agent): return .agent(try await look(at: agent))
        case .program(let program):
            guard let kept = programs[program.id] else { return .unfinished("no program '\(program.id)' was started") }
            return .program(kept.now)
        case .counter(let counter):
            return .counter(try await gatewayCounters().first { $0.name == counter.name }?.value)
        case .page(let page): return .page(try await look(at: page))
        case .poll(let poll):
            guard let poller = pollers[poll.id] else { return .unfinished("no poller '\(poll.id)' was started") }
            return .poll(poller.tally)
        case .device(let device): return .device(try await health(of: device.reference))
        default: return .unfinished("this is no record")
        }
    }

    /// The rows, or that the reader may not see them.
    private func accessRows(_ access: Condition.Access) async throws -> Sighting {
        guard let reader = access.seenBy else {
            return .access(try await auditPages().flatMap(\.access).map { AccessSighting($0) })
        }
        let path = "/api/v1/organizations/\(reader.organization.text.pathComponent)/audit"
        do {
            let page: AuditPage = try await api.call(.get, path, bearer: bearer(of: reader.person))
            return .access(page.access.map { AccessSighting($0) })
        } catch {
            guard case .refused(let name) = error.kind else { throw error }
            return .refused(name: name)
        }
    }

    private func look(at certificate: Condition.Certificate) async throws -> CertificateSighting {
        let overview: VPNOverview = try await api.call(
            .get, "/api/v1/me/vpn", bearer: bearer(of: certificate.person))
        var keys: [LaptopID: String] = [:]
        for laptop in Set([certificate.matches, certificate.differsFrom].compactMap { $0 }) {
            keys[laptop] = try await tunnelState(of: laptop).publicKey?.description
        }
        return CertificateSighting(
            state: Condition.Certificate.State(rawValue: overview.state.rawValue) ?? .none,
            publicKey: overview.certificate?.publicKey.description, laptopKeys: keys)
    }

    private func look(at agent: Condition.Agent) async throws -> AgentSighting {
        let id = fixture.plant(agent.plant)?.agentID(agent.place)
        let page: AgentPage = try await api.call(.get, "/api/v1/lab/agents", bearer: secrets.labToken)
        guard let row = page.rows.first(where: { $0.agent == id && $0.isProvisioned }) else {
            return AgentSighting(state: .unprovisioned, reports: false)
        }
        let state: Condition.Agent.State =
            switch row.liveness {
            case .online: .online
            case .offline: .offline
            case nil: .waiting
            }
        return AgentSighting(state: state, reports: row.isReporting)
    }
}

extension AccessSighting {
    fileprivate init(_ row: AccessRow) {
        self.init(
            person: row.person, plant: row.plant, device: row.device, service: row.service, source: row.source,
            bytes: row.bytesUp + row.bytesDown, denied: row.denied)
    }
}
