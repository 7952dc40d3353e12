extension Duration {
    /// `500 ms`, `2 s`, `1.5 s`, `3 min`.
    package var text: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds % 60_000 == 0 { return "\(milliseconds / 60_000) min" }
        let rest = milliseconds % 1000
        guard rest > 0 else { return "\(milliseconds / 1000) s" }
        let digits = String(String(1000 + rest).dropFirst()).reversed().drop { $0 == "0" }.reversed()
        return "\(milliseconds / 1000).\(String(digits)) s"
    }

    /// In seconds, for sums and reports.
    package var secondsValue: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

extension Action {
    /// What is done, as a sentence without its full stop.
    package var sentence: String {
        switch verb {
        case .grant(let change): by("\(change.person) is granted \(Self.list(change.places.map(\.sentence)))")
        case .withdraw(let change):
            by("\(change.person) loses the grant on \(Self.list(change.places.map(\.sentence)))")
        case .issue(let laptop): by("\(laptop.person) issues a certificate on \(laptop)")
        case .rotate(let laptop): by("\(laptop.person) rotates the certificate on \(laptop)")
        case .revoke(let person): by("\(person)'s certificate is revoked")
        case .connect(let laptop): "\(laptop) connects its tunnel"
        case .disconnect(let laptop): "\(laptop) disconnects its tunnel"
        case .agent(let change): "the agent of \(change.plant) is \(change.change.participle)"
        case .usePark(let use): "\(use.person) chooses \(use.plant) for \(use.subnet) (Use this park)"
        case .refresh(let person): "\(person) presses Refresh"
        case .sync(.now): "a sync takes place and is acknowledged"
        case .sync(.every(let interval)): "syncs run every \(interval.text) from here"
        case .sync(.next): "the next sync takes place"
        case .sync(.pause): "syncs stop"
        case .open(let opening):
            "\(opening.from) opens \(opening.via.article) connection '\(opening.id)' to \(opening.target) "
                + "and uses it every \(opening.heartbeat.text)"
        case .close(let id): "the connection '\(id)' is closed"
        case .fault(let fault): fault.sentence
        case .heal(let id): id.map { "the fault '\($0)' is healed" } ?? "every fault is healed"
        }
    }

    private func by(_ sentence: String) -> String {
        actor.map { "\(sentence), by \($0)" } ?? sentence
    }

    fileprivate static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
        return "\(words.dropLast().joined(separator: ", ")) and \(last)"
    }
}

extension Action.AgentChange.Change {
    fileprivate var participle: String {
        switch self {
        case .provision: "provisioned and comes up"
        case .unprovision: "unprovisioned"
        case .start: "started"
        case .stop: "stopped"
        }
    }
}

extension Action.Fault {
    fileprivate var sentence: String {
        let suffix = id.map { " ('\($0)')" } ?? ""
        switch kind {
        case .restart(let role): return "the \(role.rawValue) is restarted\(suffix)"
        case .kill(let role): return "the \(role.rawValue) is killed\(suffix)"
        case .uplink(let uplink):
            var parts: [String] = []
            if let loss = uplink.loss { parts.append("loses \(Int((loss * 100).rounded())) % of its packets") }
            if let delay = uplink.delay { parts.append("delays each by \(delay.text)") }
            return "the uplink of \(uplink.plant) \(Action.list(parts))\(suffix)"
        }
    }
}

extension ProbeProtocol {
    /// The service with its article, as in *an HTTP answer*.
    fileprivate var article: String {
        switch self {
        case .icmp: "an ICMP"
        case .tcp: "a TCP"
        case .modbus: "a Modbus"
        case .http: "an HTTP"
        case .ssh: "an SSH"
        }
    }
}

extension Target: CustomStringConvertible {
    package var description: String {
        let endpoint = port == 0 ? "\(address)" : "\(address):\(port)"
        return device.map { "\($0) (\(endpoint))" } ?? endpoint
    }
}

extension Condition {
    /// What is looked at, as a sentence without its full stop.
    package var sentence: String {
        switch self {
        case .reach(let reach): reach.sentence
        case .tunnel(let tunnel):
            switch tunnel.state {
            case .handshakeRefused: "\(tunnel.laptop)'s handshakes get no answer"
            default: "\(tunnel.laptop)'s tunnel is \(tunnel.state.rawValue)"
            }
        case .route(let route): route.sentence
        case .routes(let routes): routes.sentence
        case .connection(let connection):
            switch connection.state {
            case .open: "the connection '\(connection.id)' is open"
            default: "the connection '\(connection.id)' has ended: \(connection.state.rawValue)"
            }
        case .session(let session): session.sentence
        case .audit(let audit): audit.sentence
        }
    }
}

extension Condition.Reach {
    fileprivate var sentence: String {
        guard outcome == .answered else {
            let what = via == .icmp ? "pings" : "tries \(target) over \(via.rawValue)"
            let whom = via == .icmp ? " \(target)" : ""
            return
                "\(from) \(what)\(whom) and the outcome is \(outcome.rawValue)\(isNowhere ? " (no plant has it)" : "")"
        }
        var text = "\(from) gets \(via.article) answer from \(target)"
        if let answeredBy { text += " answered by \(answeredBy)\(isOnly ? " and nobody else" : "")" }
        var asked: [String] = []
        if let read {
            let spelled = equals.map { " spell '\($0)'" } ?? " are read"
            asked.append("\(read.count) registers at \(read.register) of unit \(read.unit)\(spelled)")
        }
        if let status { asked.append("the status is \(status)") }
        if let bodyContains { asked.append("the body contains '\(bodyContains)'") }
        if let run {
            asked.append("`\(run)` \(stdoutContains.map { "prints '\($0)'" } ?? "runs")")
        }
        return asked.isEmpty ? text : "\(text); \(asked.joined(separator: "; "))"
    }
}

extension Condition.Route {
    fileprivate var sentence: String {
        let row = "\(person)'s route to \(plant)\(subnet.map { " \($0)" } ?? "")"
        var parts: [String] = []
        if let status { parts.append("is \(status.rawValue)") }
        if let reason { parts.append("has the reason \(reason)") }
        if let pending { parts.append("waits for the sync to \(pending.rawValue) it") }
        if let role { parts.append("is the \(role.rawValue)") }
        return "\(row) \(parts.joined(separator: " and "))"
    }
}

extension Condition.Routes {
    fileprivate var sentence: String {
        let which = isExact ? "are exactly" : "include"
        let order = isOrdered ? " in this order" : ""
        return "\(person)'s routes \(which)\(order): \(rows.map(\.text).joined(separator: "; "))"
    }
}

extension Condition.Session {
    fileprivate var sentence: String {
        var parts: [String] = []
        if let isOnline { parts.append(isOnline ? "is Online" : "is not Online") }
        if let bytesAbove { parts.append("has moved more than \(bytesAbove) bytes") }
        return "\(person)'s newest session \(parts.joined(separator: " and "))"
    }
}

extension Condition.Audit {
    fileprivate var sentence: String {
        let entries = count.map { "\($0) \($0 == 1 ? "entry" : "entries")" } ?? "at least one entry"
        let by = actor.map { " by \($0)" } ?? ""
        return "the audit has \(entries) \(action)\(by)\(plant.map { " about \($0)" } ?? "")"
    }
}

extension Check {
    /// The time word around the conditions, `never: …, during 2 s`.
    package var sentence: String {
        let what = conditions.map(\.sentence).joined(separator: "; and ")
        switch word {
        case .expect: return "expect: \(what)"
        case .eventually(let within, let stableFor):
            return "eventually: \(what), within \(within.text)\(stableFor.map { ", stable for \($0.text)" } ?? "")"
        case .always(let during): return "always: \(what), during \(during.text)"
        case .never(let during): return "never: \(what), during \(during.text)"
        }
    }
}

extension Throughout {
    /// What must hold, without the steps meanwhile.
    package var sentence: String {
        "throughout, \(word.rawValue): \(conditions.map(\.sentence).joined(separator: "; and "))"
    }
}

extension Step {
    package var sentence: String {
        switch body {
        case .act(let action, let refusal):
            refusal.map { "\(action.sentence); this is refused: \($0)" } ?? action.sentence
        case .wait(let duration, let because): "wait \(duration.text), because \(because)"
        case .check(let check): check.sentence
        case .throughout(let throughout): throughout.sentence
        }
    }
}

extension Instance {
    /// The scenario as sentences, for people who review it.
    package var explanation: String {
        var lines = ["\(title)", "  \(name), on '\(fixture.title)'"]
        if let about { lines.append("  \(about)") }
        lines += Self.lines("Given", setup, indent: "  ")
        lines += Self.lines("Then", steps, indent: "  ")
        if !invariants.isEmpty {
            lines.append("  And on every packet of the whole scenario:")
            lines += invariants.map { "    - \($0.sentence)" }
        }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ word: String, _ steps: [Step], indent: String) -> [String] {
        guard !steps.isEmpty else { return [] }
        return ["\(indent)\(word):"]
            + steps.enumerated().flatMap { index, step in
                let name = step.name.map { "\($0) - " } ?? ""
                let covers = step.covers.isEmpty ? "" : " [\(step.covers.joined(separator: ", "))]"
                var lines = ["\(indent)  \(index + 1). \(name)\(step.sentence)\(covers)"]
                if case .throughout(let throughout) = step.body {
                    lines += Self.lines("while", throughout.steps, indent: indent + "    ")
                }
                return lines
            }
    }
}

extension Invariant {
    package var sentence: String {
        switch self {
        case .noLeak: "no packet of a person reaches a plant without a permission that was applied"
        case .oneWinner: "one address leads each person to one plant at a time"
        case .auditComplete: "every flow that the gateway let through stands in the audit"
        }
    }
}
