import AccessModel
import Addressing
import ControlProtocol
package import ScenarioModel
import Timebase
import WireGuardProtocol

/// What the control plane is filled with, and what it shows.
extension LiveWorld {
    func seed() throws -> Seed {
        guard let key = PrivateKey(bytes: secrets.gatewayKey) else {
            throw WorldProblem(.environment, "the gateway has no key")
        }
        let people = secrets.people.map { Seed.Token(secret: $0.value, principal: .person($0.key)) }
        let enrolments = fixture.plants.filter(\.isListed).flatMap(\.agents).compactMap { agent, _ in
            secrets.enrolment[agent].map { Seed.EnrolmentToken(secret: $0, agent: agent) }
        }
        return Seed(
            intent: fixture.intent,
            tokens: people.sorted { $0.secret < $1.secret } + [
                .init(secret: secrets.gatewayToken, principal: .gateway),
                .init(secret: secrets.labToken, principal: .lab),
            ],
            enrolments: enrolments,
            gateway: .init(publicKey: key.publicKey, endpoint: LabLayout.gateway),
            // Whoever downloads a file from the page uses it on the host.
            profileEndpoint: options.exposed?.endpoint,
            settings: settings)
    }

    private var settings: ControlSettings {
        let options = fixture.controlPlane
        var settings = ControlSettings()
        // Unsaid, a client on the host would take the MTU of its loopback.
        if self.options.exposed != nil { settings.mtu = LabLayout.tunnelMTUBytes }
        settings.syncIntervalSeconds = self.options.ticks ? Span(options.syncInterval).seconds : nil
        settings.keepaliveSeconds = Int(Span(options.keepalive).seconds)
        settings.heartbeatSeconds = max(1, Int(Span(options.heartbeat).seconds))
        settings.offlineAfterKeepalives = max(
            1, Int((Span(options.agentOfflineAfter).seconds / max(1, Span(options.keepalive).seconds)).rounded()))
        settings.sessionOnlineSeconds = Span(options.sessionOnline).seconds
        settings.sessionEndSeconds = Span(options.sessionEnd).seconds
        settings.leaseSeconds = options.lease.map { Span($0).seconds }
        return settings
    }

    /// The person's whole table, in the API's order.
    func routeRows(of person: PersonID) async throws -> [ScenarioModel.RouteRow] {
        var rows: [ScenarioModel.RouteRow] = []
        var cursor: String?
        repeat {
            let query = cursor.map { "?cursor=\($0.pathComponent)" } ?? ""
            let page: RoutePage = try await api.call(
                .get, "/api/v1/me/vpn/routes\(query)", bearer: bearer(of: person))
            rows += page.rows.map { ScenarioModel.RouteRow($0) }
            cursor = page.next
        } while cursor != nil
        return rows
    }

    func sessionRows(of person: PersonID) async throws -> [ScenarioModel.SessionRow] {
        let page: SessionPage = try await api.call(.get, "/api/v1/me/vpn/sessions", bearer: bearer(of: person))
        return page.rows.map { row in
            .init(
                isOnline: row.isOnline, bytes: row.bytesUp + row.bytesDown, source: row.source, place: row.place,
                reason: row.reason)
        }
    }

    func countAuditEntries(_ audit: Condition.Audit) async throws -> Int {
        try await auditPages().flatMap(\.entries)
            .count { entry in
                entry.action == audit.action.rawValue && (audit.actor.map { entry.by == $0.text } ?? true)
                    && (audit.plant.map { entry.plant == $0 } ?? true)
            }
    }

    package func auditedFlows() async throws(WorldProblem) -> [AuditedFlow] {
        do {
            try await flush()
            return try await auditPages().flatMap(\.access).map {
                AuditedFlow(
                    person: $0.person, plant: $0.plant, device: $0.address, transport: $0.transport, port: $0.port)
            }
        } catch let problem as WorldProblem {
            throw problem
        } catch {
            throw WorldProblem(.environment, "\(error)")
        }
    }

    /// The audit of every organisation.
    func auditPages() async throws -> [AuditPage] {
        var pages: [AuditPage] = []
        var cursor: String?
        repeat {
            let query = cursor.map { "?cursor=\($0.pathComponent)" } ?? ""
            let page: AuditPage = try await api.call(.get, "/api/v1/lab/audit\(query)", bearer: secrets.labToken)
            cursor = page.next
            pages.append(page)
        } while cursor != nil
        return pages
    }
}

extension ScenarioModel.RouteRow {
    init(_ row: AccessModel.RouteRow) {
        self.init(
            plant: row.plant, subnet: row.subnet, status: .init(row.status), reason: row.reason?.rawValue,
            pending: row.pending.map { $0 == .add ? .add : .remove },
            role: row.conflict.map { $0.role == .winner ? .winner : .loser },
            shadowed: row.conflict?.shadowed ?? [])
    }
}

extension Condition.RouteStatus {
    fileprivate init(_ status: RouteStatus) {
        switch status {
        case .active: self = .active
        case .conflict: self = .conflict
        case .unreachable: self = .unreachable
        }
    }
}
