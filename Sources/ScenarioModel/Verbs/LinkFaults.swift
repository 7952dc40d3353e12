package import AccessModel

extension Action.Fault {
    /// An impairment of the way between the internet and one end.
    package struct Link: Hashable, Sendable, Codable {
        package var end: End
        package var direction = Direction.both
        /// Part of the packets, 0 to 1.
        package var loss: Double?
        /// What is lost is lost in a row of so many packets on average; `nil`: each by itself.
        package var burstPackets: Int?
        package var delay: Duration?
        /// The delay varies by so much, either way.
        package var jitter: Duration?
        /// Part of the packets that come twice.
        package var duplicate: Double?
        /// Part of the packets that later ones overtake.
        package var reorder: Double?
        package var bitsPerSecond: Int?
        /// Nothing passes.
        package var isPartitioned = false
        /// Whom a partition keeps from each other; `nil`: the end is cut off from everybody.
        package var far: Far?

        package enum End: Hashable, Sendable, Codable {
            case plant(PlantID)
            case laptop(LaptopID)
            /// The gateway's conversation with the control plane.
            case sync
        }

        /// With whom a plant's agent speaks over its uplink.
        package enum Far: String, Hashable, Sendable, Codable, CaseIterable {
            /// WireGuard, with everything inside.
            case gateway
            /// HTTP: enrolment and heartbeats.
            case controlPlane = "control-plane"
        }

        package enum Direction: String, Hashable, Sendable, Codable, CaseIterable {
            case both
            /// Only what the end sends.
            case up
            /// Only what the end receives.
            case down
        }

        package init(end: End) { self.end = end }

        /// Whether it does anything at all.
        package var isEffective: Bool {
            loss != nil || delay != nil || jitter != nil || duplicate != nil || reorder != nil
                || bitsPerSecond != nil || isPartitioned
        }

        package var sentence: String {
            func percent(_ share: Double) -> Int { Int((share * 100).rounded()) }
            var parts: [String] = []
            let rows = burstPackets.map { ", about \($0) in a row" } ?? ""
            if let loss { parts.append("loses \(percent(loss)) % of its packets\(rows)") }
            if let delay { parts.append("delays each by \(delay.text)") }
            if let jitter { parts.append("varies the delay by \(jitter.text)") }
            if let duplicate { parts.append("doubles \(percent(duplicate)) %") }
            if let reorder { parts.append("reorders \(percent(reorder)) %") }
            if let bitsPerSecond { parts.append("carries \(bitsPerSecond) bit/s") }
            if isPartitioned { parts.append("is cut\(far.map { " to the \($0.word)" } ?? "")") }
            let way =
                switch end {
                case .plant(let plant): "the uplink of \(plant)"
                case .laptop(let laptop): "the uplink of \(laptop)"
                case .sync: "the way between gateway and control plane"
                }
            return "\(way) \(list(parts))\(direction.sentence)"
        }

        static let burstRange = 2...1000

        static let keys: [Key] = [
            .optional("loss", .percentage, "of a way: the share of packets that are lost"),
            .optional("burst", .int(burstRange), "with `loss`: what is lost is lost in a row, so many on average"),
            .optional(
                "delay", .duration, "of a way: how much later each packet comes; of a device: how much later it answers"
            ),
            .optional("jitter", .duration, "by how much the delay varies, either way"),
            .optional("duplicate", .percentage, "of a way: the share of packets that come twice"),
            .optional("reorder", .percentage, "of a way: the share of packets that later ones overtake"),
            .optional("rate", .text, "of a way: how much it carries a second, such as `64kbit` or `2Mbit`"),
            .optional("partition", .yes, "of a way: nothing passes"),
            .optional(
                "to", .choice(Far.self), "of a plant's `partition`: only with whom nothing passes; anybody unless said"
            ),
            .optional("direction", .choice(Direction.self), "of a way: only what the end sends, or receives"),
        ]
    }
}

extension Action.Fault.Link.Direction {
    fileprivate var sentence: String {
        switch self {
        case .both: ""
        case .up: ", on the way up only"
        case .down: ", on the way down only"
        }
    }
}

extension Action.Fault.Link.Far {
    fileprivate var word: String {
        switch self {
        case .gateway: "gateway"
        case .controlPlane: "control plane"
        }
    }
}

extension StepReader {
    func fault(_ fields: inout Fields) -> Action.Fault? {
        let id = fields.optional("id")?.text("an id for the fault").map { FaultID($0) }
        guard
            let (key, value) = fields.exactlyOne(of: [
                "uplink-of", "laptop", "sync-way", "restart", "kill", "pause", "message", "device",
            ])
        else {
            return nil
        }
        let cycle = cycle(&fields, of: key)
        let isOnWay = ["uplink-of", "laptop", "sync-way"].contains(key)
        let isOfDevice = key == "device"
        let onWays = Action.Fault.Link.keys.filter { !(isOfDevice && ["delay", "jitter"].contains($0.name)) }
        guard isFree(of: isOnWay ? [] : onWays, "'uplink-of', 'laptop' or 'sync-way'", fields),
            isFree(of: key == "message" ? [] : Action.Fault.Message.keys, "'message'", fields),
            isFree(of: isOfDevice ? [] : Action.Fault.Device.keys, "'device'", fields)
        else { return nil }
        let kind: Action.Fault.Kind?
        switch key {
        case "device": kind = deviceFault(value, &fields).map { .device($0) }
        case "message": kind = messageFault(value, &fields).map { .message($0) }
        case "uplink-of": kind = link(plant(value).map { .plant($0) }, &fields).map { .link($0) }
        case "laptop": kind = link(laptop(value).map { .laptop($0) }, &fields).map { .link($0) }
        case "sync-way": kind = link(value.isTrue() ? .sync : nil, &fields).map { .link($0) }
        default:
            guard let role = value.choice("a role", Action.Role.self) else { return nil }
            kind =
                switch key {
                case "restart": .restart(role)
                case "kill": .kill(role)
                default: .pause(role)
                }
        }
        return kind.map { Action.Fault(id: id, kind: $0, cycle: cycle) }
    }

    private func cycle(_ fields: inout Fields, of kind: String) -> Action.Fault.Cycle? {
        let every = fields.optional("every").map { $0.duration() }
        let lasts = fields.optional("lasts").map { $0.duration() }
        if (every == nil) != (lasts == nil), let present = fields.keyLocation(every == nil ? "lasts" : "every") {
            log.error("'every' and 'lasts' go together", at: present)
        }
        guard let every = every ?? nil, let lasts = lasts ?? nil else { return nil }
        if ["restart", "kill", "message"].contains(kind), let place = fields.keyLocation("every") {
            log.error("'\(kind)' happens once: 'every' and 'lasts' are for ways, devices and 'pause'", at: place)
        } else if lasts <= .zero || lasts >= every, let place = fields.keyLocation("lasts") {
            log.error("'lasts' has to be shorter than 'every'", at: place)
        }
        return Action.Fault.Cycle(every: every, lasts: lasts)
    }

    /// Whether none of these keys stands here; the first that does is reported.
    private func isFree(of keys: [Key], _ wanted: String, _ fields: Fields) -> Bool {
        for key in keys {
            guard let location = fields.keyLocation(key.name) else { continue }
            log.error("'\(key.name)' wants \(wanted)", at: location)
            return false
        }
        return true
    }

    private func link(_ end: Action.Fault.Link.End?, _ fields: inout Fields) -> Action.Fault.Link? {
        let errorsBefore = log.errorCount
        var link = Action.Fault.Link(end: end ?? .plant(""))
        link.loss = fields.optional("loss")?.percentage("a share")
        link.burstPackets = fields.optional("burst")?.int("a length", in: Action.Fault.Link.burstRange)
        link.delay = fields.optional("delay")?.duration()
        link.jitter = fields.optional("jitter")?.duration()
        link.duplicate = fields.optional("duplicate")?.percentage("a share")
        link.reorder = fields.optional("reorder")?.percentage("a share")
        link.bitsPerSecond = fields.optional("rate")?.bitRate()
        link.isPartitioned = fields.optional("partition")?.isTrue() ?? false
        link.far = fields.optional("to")?.choice("an other end", Action.Fault.Link.Far.self)
        if let direction = fields.optional("direction")?.choice("a direction", Action.Fault.Link.Direction.self) {
            link.direction = direction
        }
        if !link.isEffective, log.errorCount == errorsBefore {
            let others = Action.Fault.Link.keys.map(\.name).filter { !["burst", "to", "direction"].contains($0) }
            log.error(
                "the fault does nothing: say one of \(others.map { "'\($0)'" }.joined(separator: ", "))",
                at: fields.location)
        }
        if log.errorCount == errorsBefore { checkTogether(link, fields) }
        return end == nil || log.errorCount > errorsBefore ? nil : link
    }

    /// What goes together and what does not: HTTP is the kernel's, and can only be cut.
    private func checkTogether(_ link: Action.Fault.Link, _ fields: Fields) {
        if link.burstPackets != nil, link.loss == nil, let place = fields.keyLocation("burst") {
            log.error("'burst' wants 'loss': the share of packets that are lost", at: place)
        }
        // Between two bursts one packet at least gets through.
        if let burst = link.burstPackets, let loss = link.loss, let place = fields.keyLocation("burst"),
            loss * Double(burst + 1) > Double(burst)
        {
            log.error("in rows of \(burst) at most \(burst * 100 / (burst + 1))% can be lost", at: place)
        }
        if let place = fields.keyLocation("to") {
            if case .plant = link.end {
                if !link.isPartitioned { log.error("'to' wants 'partition: true'", at: place) }
            } else {
                log.error("'to' wants 'uplink-of'", at: place)
            }
        }
        let isOnlyCut = link.end == .sync || link.far != nil
        for key in ["loss", "delay", "jitter", "duplicate", "reorder", "rate"] where isOnlyCut {
            guard let place = fields.keyLocation(key) else { continue }
            let way = link.end == .sync ? "the way between gateway and control plane" : "a fault with 'to'"
            log.error("\(way) can only be cut: 'partition: true'", at: place)
        }
    }
}

extension Cursor {
    /// A rate, `64kbit` or `2Mbit` a second, in bits.
    fileprivate func bitRate() -> Int? {
        guard let text = text("a rate such as 64kbit") else { return nil }
        for (unit, factor) in [("kbit", 1_000), ("Mbit", 1_000_000)] where text.hasSuffix(unit) {
            if let amount = Int(text.dropLast(unit.count)), (1...10_000).contains(amount) { return amount * factor }
        }
        error("expected a rate a second such as 64kbit or 2Mbit, found '\(text)'")
        return nil
    }
}
