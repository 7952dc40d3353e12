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
        let enrolments = fixture.plants.compactMap { plant in
            secrets.enrolment[plant.id].map { Seed.EnrolmentToken(secret: $0, agent: plant.agentID) }
        }
        return Seed(
            intent: fixture.intent,
            tokens: people.sorted { $0.secret < $1.secret } + [
                .init(secret: secrets.gatewayToken, principal: .gateway),
                .init(secret: secrets.labToken, principal: .lab),
            ],
            enrolments: enrolments,
            gateway: .init(publicKey: key.publicKey, endpoint: LabLayout.gateway),
            settings: settings)
    }

    private var settings: ControlSettings {
        let options = fixture.controlPlane
        var settings = ControlSettings()
        settings.syncIntervalSeconds = self.options.ticks ? Span(options.syncInterval).seconds : nil
        settings.keepaliveSeconds = Int(Span(options.keepalive).seconds)
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
        return page.rows.map { .init(isOnline: $0.isOnline, bytes: $0.bytesUp + $0.bytesDown) }
    }

    func countAuditEntries(_ audit: Condition.Audit) async throws -> Int {
        // An entry that concerns several organisations stands in each one's audit: the sequence tells that it is one.
        var matching: Set<UInt64> = []
        for page in try await auditPages() {
            for entry in page.entries where entry.action == audit.action {
                let isMeant =
                    (audit.actor.map { entry.by == $0.text } ?? true) && (audit.plant.map { entry.plant == $0 } ?? true)
                if isMeant { matching.insert(entry.sequence) }
            }
        }
        return matching.count
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

    private func auditPages() async throws -> [AuditPage] {
        var pages: [AuditPage] = []
        for organization in fixture.organizations.map(\.id) {
            var cursor: String?
            repeat {
                let query = cursor.map { "?cursor=\($0.pathComponent)" } ?? ""
                let page: AuditPage = try await api.call(
                    .get, "/api/v1/organizations/\(organization.text.pathComponent)/audit\(query)",
                    bearer: secrets.labToken)
                cursor = page.next
                pages.append(page)
            } while cursor != nil
        }
        return pages
    }
}

extension ScenarioModel.RouteRow {
    init(_ row: AccessModel.RouteRow) {
        self.init(
            plant: row.plant, subnet: row.subnet, status: .init(row.status), reason: row.reason?.rawValue,
            pending: row.pending.map { $0 == .add ? .add : .remove },
            role: row.conflict.map { $0.role == .winner ? .winner : .loser })
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
