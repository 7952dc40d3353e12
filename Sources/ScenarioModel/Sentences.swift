import AccessModel

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

extension ProbeProtocol {
    /// The service with its article, as in *an HTTP answer*.
    var article: String {
        switch self {
        case .icmp: "an ICMP"
        case .tcp: "a TCP"
        case .modbus: "a Modbus"
        case .http: "an HTTP"
        case .ssh: "an SSH"
        case .snmp: "an SNMP"
        }
    }
}

extension Target: CustomStringConvertible {
    package var description: String {
        let endpoint = port == 0 ? "\(address)" : "\(address):\(port)"
        return device.map { "\($0) (\(endpoint))" } ?? endpoint
    }
}

extension Check {
    /// The time word around the conditions, `never: …, during 2 s`.
    package var sentence: String {
        let what = clauses.map(\.sentence).joined(separator: "; and ")
        switch word {
        case .expect: return "expect: \(what)"
        case .eventually(let within, let stableFor):
            return "eventually: \(what), within \(within.text)\(stableFor.map { ", stable for \($0.text)" } ?? "")"
        case .always(let during): return "always: \(what), during \(during.text)"
        case .never(let during): return "never: \(what), during \(during.text)"
        case .untilSync(.always): return "always: \(what), until the sync and not after it"
        case .untilSync(.never): return "never: \(what), until the sync, but after it"
        }
    }
}

extension Throughout {
    /// What must hold, without the steps meanwhile.
    package var sentence: String {
        "throughout, \(word.rawValue): \(clauses.map(\.sentence).joined(separator: "; and "))"
    }
}

extension Memory {
    package var sentence: String {
        let subject =
            switch subject {
            case .routes(let routes): "\(routes.person)'s routes"
            case .session(let session): "\(session.person)'s recent connections"
            case .audit(let audit): "how many entries \(audit.action.rawValue) the audit has"
            case .tunnel(let tunnel): "the state of \(tunnel.laptop)'s tunnel"
            default: subject.sentence
            }
        return "remember \(subject) as '\(id)'"
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
        case .parallel(let branches): "at the same time, \(branches.count) lists of steps"
        case .repeated(let times, _): "\(times) times"
        case .remember(let memory): memory.sentence
        }
    }
}

extension Instance {
    /// The scenario as sentences, for people who review it.
    package var explanation: String {
        var lines = ["\(title)", "  \(name), on '\(fixture.title)'"]
        if let about { lines.append("  \(about)") }
        if let quarantine {
            lines.append(
                "  In quarantine until \(quarantine.lastDay): \(quarantine.issue), \(quarantine.owner) mends it")
        }
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
                switch step.body {
                case .throughout(let throughout):
                    lines += Self.lines("while", throughout.steps, indent: indent + "    ")
                case .repeated(_, let inner): lines += Self.lines("each time", inner, indent: indent + "    ")
                case .parallel(let branches):
                    for (number, branch) in branches.enumerated() {
                        lines += Self.lines("list \(number + 1)", branch, indent: indent + "    ")
                    }
                case .act, .wait, .check, .remember: break
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
        case .statusTruthful: "what a table calls active is reached, and nothing else is"
        case .noSilentMove: "a range leads elsewhere only when somebody chose so or the plant was lost"
        case .oneKeyAtATime: "no packet passes under any key but the newest that was applied"
        case .atMostOneOnline: "at most one session of a person is Online"
        case .bystandersUndisturbed: "what concerns one person or plant disturbs no other"
        case .volumesAgree: "sessions and audit agree on how much was moved, and it never falls"
        case .keyStaysHome: "no private key of a laptop is found in control plane or gateway"
        }
    }
}
