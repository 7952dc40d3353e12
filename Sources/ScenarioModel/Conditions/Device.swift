import AccessModel
import DeviceModel

extension Condition {
    /// What a device itself has seen since its process began, asked behind its back.
    package struct Device: ConditionPayload {
        package var reference: DeviceReference
        package var counts: [Count]
        /// What an inverter feeds in, or a meter counts, in W.
        package var feedsAbove: Int?
        package var feedsBelow: Int?

        package struct Count: Hashable, Sendable, Codable {
            package var counter: Counter
            package var equals: Int?
            package var above: Int?
        }

        package enum Counter: String, Hashable, Sendable, Codable, CaseIterable {
            case connections, open, requests, writes, refusals

            func value(_ counters: DeviceCounters) -> Int {
                switch self {
                case .connections: counters.connections
                case .open: counters.open
                case .requests: counters.requests
                case .writes: counters.writes
                case .refusals: counters.refusals
                }
            }

            fileprivate var meaning: String {
                switch self {
                case .connections: "connections that were served"
                case .open: "connections that are open"
                case .requests: "Modbus or HTTP requests, SSH commands, SNMP questions"
                case .writes: "Modbus writes that took effect"
                case .refusals: "connections, requests and logins that were turned away"
                }
            }
        }

        package init(reference: DeviceReference, counts: [Count] = []) {
            self.reference = reference
            self.counts = counts
        }

        package var sentence: String {
            var parts: [String] = []
            for count in counts {
                if let equals = count.equals { parts.append("\(count.counter.rawValue) \(equals)") }
                if let above = count.above { parts.append("\(count.counter.rawValue) above \(above)") }
            }
            if let feedsAbove { parts.append("power above \(feedsAbove) W") }
            if let feedsBelow { parts.append("power below \(feedsBelow) W") }
            return "\(reference.plant)/\(reference.device) itself says: \(parts.joined(separator: ", "))"
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .device(let health) = sighting else { return nil }
            var isFit = true
            var seen: [String] = []
            for count in counts {
                let value = count.counter.value(health.counters)
                seen.append("\(count.counter.rawValue) \(value)")
                if let equals = count.equals, value != equals { isFit = false }
                if let above = count.above, value <= above { isFit = false }
            }
            if feedsAbove != nil || feedsBelow != nil {
                guard let watts = health.acWatts else {
                    return Judgement(.unknown, seen: "\(reference) is no device that feeds anything in")
                }
                seen.append("power \(Int(watts.rounded())) W")
                if let feedsAbove, watts <= Double(feedsAbove) { isFit = false }
                if let feedsBelow, watts >= Double(feedsBelow) { isFit = false }
            }
            return Judgement(isFit, seen.joined(separator: ", "))
        }

        static let entry = ConditionEntry(
            "device", "What a device itself has seen, counted since the lab began; asked behind its back.",
            keys: [
                .required("name", .name, "the device"),
                .optional("plant", .plant, "whose device, where several plants have one of that name"),
            ]
                + Counter.allCases.flatMap { counter -> [Key] in
                    [
                        .someOf("what", counter.rawValue, .int(0...Int.max), "exactly so many \(counter.meaning)"),
                        .someOf("what", counter.rawValue + "-above", .int(0...Int.max), "more than so many"),
                    ]
                } + [
                    .someOf("what", "feeds-above", .text, "an inverter feeds in more, such as `3kW`"),
                    .someOf("what", "feeds-below", .text, "an inverter feeds in less"),
                ],
            examples: [
                "device: { name: inverter-1, plant: park-a, connections: 0, open: 0, requests: 0, writes: 0, refusals: 0 }",
                "device: { name: inverter-1, plant: park-a, connections-above: 0, open-above: 0, requests-above: 0, "
                    + "writes-above: 0, refusals-above: 0 }",
                "device: { name: inverter-1, plant: park-a, feeds-above: 2kW, feeds-below: 3100W }",
            ]
        ) { reader, fields in reader.device(&fields).map { .device($0) } }
    }
}

extension StepReader {
    fileprivate func device(_ fields: inout Fields) -> Condition.Device? {
        let name = fields.required("name")
        let plant = fields.optional("plant").map { self.plant($0) }
        let reference = name.flatMap { deviceReference($0, plant: plant ?? nil) }
        var counts: [Condition.Device.Count] = []
        var isSaid = false
        for counter in Condition.Device.Counter.allCases {
            let equals = fields.optional(counter.rawValue)
            let above = fields.optional(counter.rawValue + "-above")
            guard equals != nil || above != nil else { continue }
            isSaid = true
            counts.append(
                .init(
                    counter: counter, equals: equals?.int("a number", in: 0...Int.max),
                    above: above?.int("a number", in: 0...Int.max)))
        }
        let above = fields.optional("feeds-above")
        let below = fields.optional("feeds-below")
        if !isSaid, above == nil, below == nil {
            log.error("'device' asserts nothing: say 'connections', 'requests', 'feeds-above' …", at: fields.location)
        }
        guard let reference else { return nil }
        var device = Condition.Device(reference: reference, counts: counts)
        device.feedsAbove = above?.power()
        device.feedsBelow = below?.power()
        return device
    }
}
