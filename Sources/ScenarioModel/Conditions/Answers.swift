import AccessModel

extension Condition {
    /// Which plant answers at each of several addresses.
    package struct Answers: ConditionPayload {
        /// In the order of the file.
        package var reaches: [Reach]

        package init(_ reaches: [Reach]) { self.reaches = reaches }

        package var sentence: String {
            let parts = reaches.map { reach in
                "\(reach.target.endpoint) \(reach.answeredBy.map { "by \($0)" } ?? "not: \(reach.outcome.rawValue)")"
            }
            return "\(reaches.first.map { "\($0.from)" } ?? "nobody") is answered at \(parts.joined(separator: "; "))"
        }

        package func isNegative(under word: Throughout.Word) -> Bool {
            reaches.contains { $0.isNegative(under: word) }
        }

        package func check(_ state: inout PlanState) { reaches.forEach { $0.check(&state) } }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .answers(let attempts) = sighting, attempts.count == reaches.count else { return nil }
            let lines = zip(reaches, attempts).map { reach, attempt in
                Judgement.Line(
                    expected: "\(reach.target.endpoint) \(reach.answeredBy?.text ?? reach.outcome.rawValue)",
                    observed: "\(reach.target.endpoint) \(attempt.answeredBy?.plant.text ?? attempt.outcome.rawValue)")
            }
            let holds = zip(reaches, attempts).allSatisfy { reach, attempt in
                reach.judge(.reach(attempt))?.verdict == .holds
            }
            return Judgement(holds, lines.map(\.observed).joined(separator: "; "), holds ? [] : lines)
        }

        static let entry = ConditionEntry(
            "answers", "A map from addresses to the plants that answer there, each asked by what the device speaks.",
            keys: [
                .required("from", .laptop, "the laptop"),
                .required(
                    "map", .named(.text), "an address, and the plant that answers or an outcome such as `no-route`"),
            ],
            examples: ["answers: { from: anna/laptop, map: { 192.168.1.20: park-a, 10.4.0.30: no-route } }"]
        ) { reader, fields in
            let from = fields.required("from").flatMap(reader.laptop)
            guard let entries = fields.required("map")?.entries("addresses and who answers there"), let from else {
                return nil
            }
            if entries.isEmpty { fields.log.error("'map' names no address: nothing is asserted", at: fields.location) }
            let reaches = entries.map { key, location, value in
                reader.answer(from: from, address: key, at: location, value)
            }
            guard !reaches.isEmpty, reaches.allSatisfy({ $0 != nil }) else { return nil }
            return .answers(Answers(reaches.compactMap { $0 }))
        }
    }
}

extension StepReader {
    /// Asks what lives at the address by the service that it is there for.
    fileprivate func answer(
        from: LaptopID, address: String, at location: SourceLocation, _ value: Cursor
    ) -> Condition.Reach? {
        let key = Cursor(YAMLNode(content: .scalar(address), location: location), log: log)
        guard let fixture, let host = key.address(), let word = value.text("a plant, or an outcome") else { return nil }
        let outcome = Condition.Outcome(rawValue: word)
        let plant = outcome == nil ? self.plant(value) : nil
        guard outcome != nil || plant != nil else { return nil }
        let candidates = fixture.devices(at: host)
        let reference = candidates.first { plant == nil || $0.plant == plant } ?? candidates.first
        guard let reference,
            let device = fixture.plant(reference.plant)?.devices.first(where: { $0.name == reference.device })
        else {
            log.error("no device of the fixture has \(address)", at: location)
            return nil
        }
        let via = device.service
        var reach = Condition.Reach(
            from: from,
            target: Target(
                address: host, port: via == .icmp ? 0 : device.port, device: nil, candidates: candidates), via: via)
        reach.target.unit = device.unit
        reach.target.isEncrypted = device.isEncrypted
        reach.outcome = outcome ?? .answered
        reach.answeredBy = plant
        return reach
    }
}
