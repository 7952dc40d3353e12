package import AccessModel

extension Condition {
    /// A fresh attempt from a laptop to a device, and how it must end.
    package struct Reach: Hashable, Sendable, Codable {
        package var from: LaptopID
        package var target: Target
        package var via: ProbeProtocol
        package var outcome: Outcome = .answered
        package var answeredBy: PlantID?
        /// Nobody but `answeredBy` gets a packet of this person for that address while the step runs.
        package var isOnly = false
        /// The address lies in no plant, so there is no target whose health could be asked.
        package var isNowhere = false
        package var read: ModbusRead?
        /// What the registers must spell, read as ASCII.
        package var equals: String?
        /// HTTP.
        package var status: Int?
        package var bodyContains: String?
        /// The command to run over SSH.
        package var run: String?
        package var stdoutContains: String?

        package init(from: LaptopID, target: Target, via: ProbeProtocol) {
            self.from = from
            self.target = target
            self.via = via
        }
    }

    package struct ModbusRead: Hashable, Sendable, Codable {
        package var unit: Int
        /// Zero-based, as on the wire.
        package var register: Int
        package var count: Int

        package init(unit: Int, register: Int, count: Int) {
            self.unit = unit
            self.register = register
            self.count = count
        }
    }

    /// How an attempt ended, read from the packet and not from errno.
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        case answered, refused, reset, timeout
        /// ICMP 3/0.
        case noRoute = "no-route"
        /// ICMP 3/13.
        case adminProhibited = "admin-prohibited"
        /// ICMP 3/1.
        case hostUnreachable = "host-unreachable"
    }
}

extension Condition.Reach: ConditionPayload {
    package var sentence: String {
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

    package func isNegative(under word: Throughout.Word) -> Bool { word == .never || outcome != .answered }

    package func check(_ state: inout PlanState) { state.requireConfiguration(on: from) }

    package func judge(_ sighting: Sighting) -> Judgement? {
        guard case .reach(let attempt) = sighting else { return nil }
        return judge(attempt)
    }

    private func judge(_ attempt: Attempt) -> Judgement {
        guard attempt.outcome == outcome else { return Judgement(false, seen(attempt)) }
        guard outcome == .answered else { return Judgement(true, seen(attempt)) }
        if let answeredBy, attempt.answeredBy?.plant != answeredBy { return Judgement(false, seen(attempt)) }
        if let device = target.device, via.namesItself, attempt.answeredBy != device {
            return Judgement(false, seen(attempt))
        }
        if let equals, Self.spelled(attempt.registers) != equals {
            return Judgement(false, "\(seen(attempt)), the registers spell '\(Self.spelled(attempt.registers))'")
        }
        if let read, attempt.registers.count != read.count {
            return Judgement(false, "\(seen(attempt)), \(attempt.registers.count) registers in place of \(read.count)")
        }
        if let status, attempt.status != status { return Judgement(false, seen(attempt)) }
        if let bodyContains, !(attempt.body ?? "").contains(bodyContains) {
            return Judgement(false, "\(seen(attempt)), and the body does not contain '\(bodyContains)'")
        }
        if let stdoutContains, !(attempt.stdout ?? "").contains(stdoutContains) {
            return Judgement(false, "\(seen(attempt)), and the output is '\(attempt.stdout ?? "")'")
        }
        return Judgement(true, seen(attempt))
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
