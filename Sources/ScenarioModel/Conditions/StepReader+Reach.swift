import AccessModel
import Addressing

extension StepReader {
    func reach(_ fields: inout Fields) -> Condition.Reach? {
        let from = fields.required("from").flatMap(self.laptop)
        let via = fields.required("via")?.choice("what is spoken", ProbeProtocol.self)
        let plant = fields.optional("plant").map(self.plant)
        let to = fields.required("to")
        var outcome = Condition.Outcome.answered
        if let cursor = fields.optional("outcome") {
            guard let value = cursor.choice("an outcome", Condition.Outcome.self) else { return nil }
            outcome = value
        }
        guard let via else { return nil }
        let target = to.flatMap { self.target($0, plant: plant ?? nil, via: via) }
        var isFit = true
        let extras = self.extras(&fields, via: via, outcome: outcome, isFit: &isFit)
        let isNowhere = fields.optional("nowhere")?.isTrue() ?? false
        if isNowhere, let to, let target { isFit = isFit && isOutside(target, to, outcome: outcome) }
        if let to, let target, !isNowhere { isFit = isFit && hasHost(target, to) }
        guard let from, let target, isFit else { return nil }
        var reach = Condition.Reach(from: from, target: target, via: via)
        reach.outcome = outcome
        reach.answeredBy = extras.answeredBy
        reach.isOnly = extras.isOnly
        reach.isNowhere = isNowhere
        reach.read = extras.read
        reach.equals = extras.equals
        reach.status = extras.status
        reach.bodyContains = extras.bodyContains
        reach.run = extras.run
        reach.stdoutContains = extras.stdoutContains
        return reach
    }

    /// What an answer may be asked for, and over which service.
    private static let answerKeys: [(key: String, service: ProbeProtocol)] = [
        ("read", .modbus), ("equals", .modbus), ("status", .http), ("body-contains", .http), ("run", .ssh),
        ("stdout-contains", .ssh),
    ]

    private struct Extras {
        var answeredBy: PlantID?
        var isOnly = false
        var read: Condition.ModbusRead?
        var equals: String?
        var status: Int?
        var bodyContains: String?
        var run: String?
        var stdoutContains: String?
    }

    private func extras(
        _ fields: inout Fields, via: ProbeProtocol, outcome: Condition.Outcome, isFit: inout Bool
    ) -> Extras {
        let errorsBefore = log.errorCount
        var extras = Extras()
        for (key, service) in Self.answerKeys {
            guard let location = fields.keyLocation(key) else { continue }
            if service != via {
                log.error("'\(key)' wants 'via: \(service.rawValue)'", at: location)
            } else if outcome != .answered {
                log.error("'\(key)' wants an answer, and 'outcome: \(outcome.rawValue)' is none", at: location)
            }
        }
        if let cursor = fields.optional("answered-by") {
            extras.answeredBy = plant(cursor)
            if !via.namesItself {
                cursor.error("\(via.rawValue) does not tell who answered: use modbus, http, ssh or snmp")
            } else if outcome != .answered {
                cursor.error("nobody answers when the outcome is '\(outcome.rawValue)'")
            }
        }
        if let cursor = fields.optional("only") {
            extras.isOnly = cursor.isTrue()
            if !fields.contains("answered-by") { cursor.error("'only' wants 'answered-by'") }
        }
        extras.read = fields.optional("read").flatMap(modbusRead)
        extras.equals = fields.optional("equals")?.text("what the registers spell")
        if let equals = fields.keyLocation("equals"), !fields.contains("read") {
            log.error("'equals' wants 'read'", at: equals)
        }
        extras.status = fields.optional("status")?.int("an HTTP status", in: 100...599)
        extras.bodyContains = fields.optional("body-contains")?.text("a text")
        extras.run = fields.optional("run")?.text("a command")
        extras.stdoutContains = fields.optional("stdout-contains")?.text("a text")
        if let stdout = fields.keyLocation("stdout-contains"), !fields.contains("run") {
            log.error("'stdout-contains' wants 'run'", at: stdout)
        }
        isFit = log.errorCount == errorsBefore
        return extras
    }

    private func modbusRead(_ cursor: Cursor) -> Condition.ModbusRead? {
        guard var fields = cursor.fields("'read'") else { return nil }
        let unit = fields.required("unit")?.int("a unit", in: 0...247)
        let register = fields.required("register")?.int("a zero-based register", in: 0...65_535)
        let count = fields.required("count")?.int("a count of registers", in: 1...125)
        fields.finish("'read'")
        guard let unit, let register, let count else { return nil }
        guard register + count <= 65_536 else {
            cursor.error("the registers end at 65535")
            return nil
        }
        return Condition.ModbusRead(unit: unit, register: register, count: count)
    }

    /// `nowhere` is for an address that no plant has.
    private func isOutside(_ target: Target, _ to: Cursor, outcome: Condition.Outcome) -> Bool {
        if outcome == .answered {
            to.error("nothing answers at an address that lies nowhere: say 'outcome'")
            return false
        }
        let owner = fixture?.plants.first { $0.subnets.contains { $0.prefix.contains(target.address) } }
        guard let owner else { return true }
        to.error("\(target.address) lies in \(owner.id), so not nowhere")
        return false
    }

    private func hasHost(_ target: Target, _ to: Cursor) -> Bool {
        guard fixture != nil, target.candidates.isEmpty else { return true }
        to.error("no device of the fixture has \(target.address): say 'nowhere: true' when that is meant")
        return false
    }
}
