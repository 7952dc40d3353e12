import AccessModel
import Addressing
import ControlProtocol

extension ControlPlaneService {
    func overview(of person: PersonID) throws -> VPNOverview {
        let sessions = try sessions(of: person).count
        var overview = state.overview(of: person, sessions: sessions)
        if let keyed = overview.certificate?.keyed {
            overview.possibleKeySharing = try store.keySharing(of: person, since: keyed)
        }
        return overview
    }

    func sessions(of person: PersonID) throws -> [SessionRow] {
        guard state.intent.certificates[person] != nil else { return [] }
        return try store.sessions(of: person, at: now, settings: settings.control)
    }

    func rows(of person: PersonID) -> [RouteRow] { state.rows(of: person) }

    // MARK: Certificate

    func issue(_ key: PublicKey, to person: PersonID, idempotencyKey: String?) async throws -> Delivery {
        try await deliver(key, to: person, idempotencyKey: idempotencyKey) { state, now in
            try state.apply(.issueCertificate(person, key), by: person.text, at: now)
            try state.release(person, takingNewKey: true, at: now)
        }
    }

    /// The old key works until the next sync, so nothing is pushed.
    func rotate(to key: PublicKey, for person: PersonID, idempotencyKey: String?) async throws -> Delivery {
        try await deliver(key, to: person, idempotencyKey: idempotencyKey) { state, now in
            try state.apply(.rotateCertificate(person, key), by: person.text, at: now)
        }
    }

    /// How long a repeated request gets the same answer.
    private static let deliverySeconds = 600.0

    private func deliver(
        _ key: PublicKey, to person: PersonID, idempotencyKey: String?,
        _ body: (inout ControlState, Timestamp) throws -> Void
    ) async throws -> Delivery {
        if let idempotencyKey {
            let since = now.advanced(bySeconds: -Self.deliverySeconds)
            if let earlier = try store.delivery(named: idempotencyKey, to: person, since: since) {
                guard earlier.publicKey == key.description else {
                    throw ProblemError(
                        code: "idempotency-key-reused", status: 422,
                        detail: "this Idempotency-Key was used for another public key")
                }
                return earlier
            }
        }
        try requireForeign(key)
        let address = try commit { state, now in
            try body(&state, now)
            if let idempotencyKey {
                let delivery = try Self.delivery(of: key, to: person, in: state, settings)
                state.journal.deliveries.append((idempotencyKey, person, delivery))
            }
            return state.intent.certificates[person]?.tunnelAddress
        }
        if state.histories[person]?.isAhead(of: state.counters.acknowledged) == true {
            _ = await acknowledged(within: settings.control.urgentWaitSeconds)
        }
        // Another tunnel address is another certificate, for which this key is nothing.
        guard state.intent.certificates[person]?.tunnelAddress == address else {
            throw ProblemError(
                code: "certificate-gone", status: 409, detail: "the certificate was revoked before it was delivered")
        }
        return try Self.delivery(of: key, to: person, in: state, settings)
    }

    private static func delivery(
        of key: PublicKey, to person: PersonID, in state: ControlState, _ settings: Store.Settings
    ) throws -> Delivery {
        guard let certificate = state.intent.certificates[person] else {
            throw CommandError(.noCertificate, "\(person) has no certificate any more")
        }
        var gateway = settings.gateway
        if let endpoint = settings.profileEndpoint { gateway.endpoint = endpoint }
        let issued = CertificateIssued(
            publicKey: key, tunnelAddress: certificate.tunnelAddress, issued: certificate.keyed, gateway: gateway,
            allowedIPs: settings.control.allowedIPs, keepaliveSeconds: settings.control.keepaliveSeconds,
            mtu: settings.control.mtu, fileName: settings.control.fileName,
            pending: state.applied(person).entry?.publicKey != key)
        return Delivery(publicKey: key.description, status: 201, body: try Store.encode(issued))
    }

    /// - Returns: `nil` when it is applied, also when there was nothing to revoke.
    func revoke(_ person: PersonID) async throws -> PendingAnswer? {
        if state.intent.certificates[person] != nil {
            try commit { state, now in
                try state.apply(.revokeCertificate(person), by: person.text, at: now)
                state.journal.revoked.append(person)
                try state.release(person, takingNewKey: true, at: now)
            }
            keySharing.forget(person)
        }
        guard state.histories[person]?.isAhead(of: state.counters.acknowledged) == true else { return nil }
        let isApplied = await acknowledged(within: settings.control.urgentWaitSeconds)
        return isApplied ? nil : PendingAnswer(pending: true, revision: state.counters.revision)
    }

    // MARK: Routes

    func refresh(_ person: PersonID) async throws -> RefreshAnswer {
        let before = state.released(person)
        guard state.isPending(person) else {
            return RefreshAnswer(changed: false, pending: false, revision: state.counters.revision)
        }
        try commit { state, now in try state.release(person, takingNewKey: true, at: now) }
        let after = state.released(person)
        let isApplied = await acknowledged(within: settings.control.urgentWaitSeconds)
        return RefreshAnswer(
            changed: after.entry != before.entry || after.rows != before.rows, pending: !isApplied,
            revision: state.counters.revision)
    }

    /// "Use this park".
    ///
    /// - Parameter tag: the state of the rows that the person saw; refused when they are others now.
    func pick(_ route: RouteID, for person: PersonID, ifMatch tag: String?) async throws -> WinnerAnswer {
        if let tag { try requireUnchangedRows(of: person, since: tag) }
        try commit { state, now in
            let row = try Self.contestedRow(route, of: person, in: state, at: now)
            try state.apply(.pick(person, route), by: person.text, at: now)
            if row.conflict?.role == .winner, let last = state.journal.audit.indices.last {
                state.journal.audit[last].action = .conflictWinnerPinned
            }
            try state.release(person, takingNewKey: false, at: now)
        }
        let isApplied = await acknowledged(within: settings.control.urgentWaitSeconds)
        let rows = isApplied ? rows(of: person) : state.released(person).rows
        guard let row = rows.first(where: { $0.id == route }) else {
            throw CommandError(.unknownRoute, "\(route) is gone")
        }
        return WinnerAnswer(row: row, pending: !isApplied, revision: state.counters.revision)
    }

    /// Rows that are decided and wait for the gateway have changed too, although the page does not show it yet: of two tabs
    /// that choose at the same moment one must look again.
    private func requireUnchangedRows(of person: PersonID, since tag: String) throws {
        if tag == "*" { return }
        let isWaiting = state.histories[person]?.isAhead(of: state.counters.acknowledged) == true
        guard !isWaiting, Paging.matches(tag, EntityTag.of(rows(of: person))) else {
            throw ProblemError(code: "rows-have-changed", status: 412, detail: "look again before you choose")
        }
    }

    /// The row as it would be released now, if there is something to choose.
    private static func contestedRow(
        _ route: RouteID, of person: PersonID, in state: ControlState, at now: Timestamp
    ) throws -> RouteRow {
        guard let certificate = state.intent.certificates[person] else {
            throw CommandError(.noCertificate, "\(person) has no certificate")
        }
        var copy = state
        var pool = ResolutionPool()
        let content = try copy.content(
            for: person, key: certificate.publicKey, at: now, sharing: &pool)
        guard let row = content.rows.first(where: { $0.id == route }) else {
            throw CommandError(.unknownRoute, "\(person) has no \(route.subnet) of \(route.plant)")
        }
        guard row.reason != .noAgent else {
            throw CommandError(.noAgent, "\(route.plant) has no agent: nothing can be sent there")
        }
        guard row.conflict != nil else {
            throw CommandError(.notInConflict, "\(route.subnet) of \(route.plant) has no rival")
        }
        return row
    }

    /// Takes effect at once, as a revoke does; only the audit still speaks of the person.
    func delete(_ person: PersonID, by principal: Principal, _ check: Check) async throws -> UInt64 {
        let generation = try commit { state, now in
            try check(Authority(principal: principal, intent: state.intent))
            try state.apply(.deletePerson(person), by: principal.name, at: now)
            state.journal.revoked.append(person)
            try state.release(person, takingNewKey: true, at: now)
            return state.counters.generation
        }
        _ = await acknowledged(within: settings.control.urgentWaitSeconds)
        return generation
    }

    /// Takes effect at once, as a revoke does.
    func deactivate(_ person: PersonID, by principal: Principal, _ check: Check) async throws -> UInt64 {
        let generation = try commit { state, now in
            try check(Authority(principal: principal, intent: state.intent))
            try state.apply(.deactivatePerson(person), by: principal.name, at: now)
            try state.release(person, takingNewKey: true, at: now)
            return state.counters.generation
        }
        _ = await acknowledged(within: settings.control.urgentWaitSeconds)
        return generation
    }
}
