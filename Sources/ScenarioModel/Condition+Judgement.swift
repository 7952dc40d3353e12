/// Whether what a world saw is what a condition says.
package struct Judgement: Hashable, Sendable, Codable {
    package var verdict: Verdict
    /// What was seen, in words.
    package var seen: String
    /// Expected and observed side by side, for tables; empty where words suffice.
    package var table: [Line]

    package enum Verdict: String, Hashable, Sendable, Codable {
        case holds, fails
        /// The look came to no end, so neither is known.
        case unknown
    }

    package struct Line: Hashable, Sendable, Codable {
        package var expected: String
        package var observed: String

        package init(expected: String, observed: String) {
            self.expected = expected
            self.observed = observed
        }
    }

    package init(_ verdict: Verdict, seen: String, table: [Line] = []) {
        self.verdict = verdict
        self.seen = seen
        self.table = table
    }
}

extension Condition {
    /// The only place where a scenario's expectation meets what was seen.
    package func judge(_ sighting: Sighting) -> Judgement {
        switch (self, sighting) {
        case (_, .unfinished(let why)): Judgement(.unknown, seen: why)
        case (.reach(let reach), .reach(let attempt)): reach.judge(attempt)
        case (.tunnel(let tunnel), .tunnel(let state)): judged(state == tunnel.state, "the tunnel is \(state.rawValue)")
        case (.route(let route), .routes(let rows)): route.judge(rows)
        case (.routes(let routes), .routes(let rows)): routes.judge(rows)
        case (.connection(let connection), .connection(let state)):
            judged(state == connection.state, "\(connection.id) is \(state.rawValue)")
        case (.session(let session), .sessions(let rows)): session.judge(rows)
        case (.audit(let audit), .audit(let count)):
            judged(
                audit.count.map { $0 == count } ?? (count > 0),
                "\(count) \(count == 1 ? "entry" : "entries") \(audit.action)")
        default: Judgement(.unknown, seen: "the world looked at something else")
        }
    }
}

private func judged(_ holds: Bool, _ seen: String, _ table: [Judgement.Line] = []) -> Judgement {
    Judgement(holds ? .holds : .fails, seen: seen, table: table)
}

extension Condition.Reach {
    fileprivate func judge(_ attempt: Attempt) -> Judgement {
        guard attempt.outcome == outcome else { return judged(false, seen(attempt)) }
        guard outcome == .answered else { return judged(true, seen(attempt)) }
        if let answeredBy, attempt.answeredBy?.plant != answeredBy { return judged(false, seen(attempt)) }
        // Modbus, HTTP and SSH name the device in every answer; a bare TCP accept or an echo cannot.
        if let device = target.device, via != .tcp, via != .icmp, attempt.answeredBy != device {
            return judged(false, seen(attempt))
        }
        if let equals, Self.spelled(attempt.registers) != equals {
            return judged(false, "\(seen(attempt)), the registers spell '\(Self.spelled(attempt.registers))'")
        }
        if let read, attempt.registers.count != read.count {
            return judged(false, "\(seen(attempt)), \(attempt.registers.count) registers in place of \(read.count)")
        }
        if let status, attempt.status != status { return judged(false, seen(attempt)) }
        if let bodyContains, !(attempt.body ?? "").contains(bodyContains) {
            return judged(false, "\(seen(attempt)), and the body does not contain '\(bodyContains)'")
        }
        if let stdoutContains, !(attempt.stdout ?? "").contains(stdoutContains) {
            return judged(false, "\(seen(attempt)), and the output is '\(attempt.stdout ?? "")'")
        }
        return judged(true, seen(attempt))
    }

    private func seen(_ attempt: Attempt) -> String {
        guard attempt.outcome == .answered else { return "the outcome was \(attempt.outcome.rawValue)" }
        let who = attempt.answeredBy?.description ?? "somebody who does not say who it is"
        return attempt.status.map { "\(who) answered with status \($0)" } ?? "\(who) answered"
    }

    /// Registers as text, two characters each, without the zeros that fill them up.
    private static func spelled(_ registers: [UInt16]) -> String {
        let bytes = registers.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let text = bytes.prefix { $0 != 0 }
        return String(text.map { Character(UnicodeScalar(32...126 ~= $0 ? $0 : UInt8(ascii: "?"))) })
    }
}

extension RouteRow {
    /// The row in the words of a table.
    package var text: String {
        var parts = ["\(plant) \(subnet) \(status.rawValue)"]
        if let reason { parts.append("(\(reason))") }
        if let pending { parts.append("pending \(pending.rawValue)") }
        return parts.joined(separator: " ")
    }
}

extension Condition.Route {
    fileprivate func judge(_ rows: [RouteRow]) -> Judgement {
        let own = rows.filter { $0.plant == plant && (subnet == nil || $0.subnet == subnet) }
        guard !own.isEmpty else { return judged(status == .absent, "no row of \(plant)") }
        let seen = own.map(\.text).joined(separator: "; ")
        guard status != .absent else { return judged(false, seen) }
        // `status` alone says nothing about what is pending; `pending` and `reason` are asked for by name.
        return judged(
            own.allSatisfy { row in
                (status == nil || row.status == status) && (reason == nil || row.reason == reason)
                    && (pending == nil || row.pending == pending) && (role == nil || row.role == role)
            }, seen)
    }
}

extension Condition.Routes {
    fileprivate func judge(_ rows: [RouteRow]) -> Judgement {
        let found = rows.map { Row(plant: $0.plant, subnet: $0.subnet, status: $0.status) }
        let holds: Bool
        switch (isExact, isOrdered) {
        case (true, true): holds = found == self.rows
        case (true, false): holds = Self.counts(found) == Self.counts(self.rows)
        case (false, true):
            var rest = found[...]
            holds = self.rows.allSatisfy { row in
                guard let index = rest.firstIndex(of: row) else { return false }
                rest = rest[(index + 1)...]
                return true
            }
        case (false, false): holds = self.rows.allSatisfy(found.contains)
        }
        let seen = rows.isEmpty ? "no rows" : rows.map(\.text).joined(separator: "; ")
        return judged(holds, seen, holds ? [] : table(found))
    }

    private static func counts(_ rows: [Row]) -> [Row: Int] {
        rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Row by row where the order is the point, else what is missing and what is too much.
    private func table(_ found: [Row]) -> [Judgement.Line] {
        if isOrdered, isExact {
            return (0..<max(rows.count, found.count)).map { index in
                Judgement.Line(
                    expected: rows.indices.contains(index) ? rows[index].text : "-",
                    observed: found.indices.contains(index) ? found[index].text : "-")
            }
        }
        let expected = rows.map { row in
            let twin = found.first { $0.plant == row.plant && $0.subnet == row.subnet }
            return Judgement.Line(expected: row.text, observed: twin?.text ?? "-")
        }
        let surplus = found.filter { row in !rows.contains { $0.plant == row.plant && $0.subnet == row.subnet } }
        return expected + (isExact ? surplus.map { Judgement.Line(expected: "-", observed: $0.text) } : [])
    }
}

extension Condition.Routes.Row {
    package var text: String { "\(plant) \(subnet) \(status.rawValue)" }
}

extension Condition.Session {
    fileprivate func judge(_ rows: [SessionRow]) -> Judgement {
        guard let newest = rows.first else { return judged(isOnline == false && bytesAbove == nil, "no session") }
        let seen = "the newest session is \(newest.isOnline ? "Online" : "over"), \(newest.bytes) bytes"
        let isOnlineFit = isOnline.map { $0 == newest.isOnline } ?? true
        let isVolumeFit = bytesAbove.map { newest.bytes > UInt64($0) } ?? true
        return judged(isOnlineFit && isVolumeFit, seen)
    }
}
