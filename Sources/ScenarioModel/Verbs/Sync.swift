extension Action {
    /// What happens to the sync clock; nothing scheduled is applied without one of these.
    package enum Sync: VerbPayload {
        /// One tick; returns on the gateway's acknowledgement.
        case now
        /// Starts ticks.
        case every(Duration)
        /// Waits for the next of the running ticks to be acknowledged.
        case next
        case pause

        package var sentence: String {
            switch self {
            case .now: "a sync takes place and is acknowledged"
            case .every(let interval): "syncs run every \(interval.text) from here"
            case .next: "the next sync takes place"
            case .pause: "syncs stop"
            }
        }

        package func check(_ state: inout PlanState) {
            switch self {
            case .every: state.isTicking = true
            case .pause: state.isTicking = false
            case .next where !state.isTicking:
                state.error("no ticks run at this step: 'sync: { every: 1s }' starts them")
            case .next, .now: break
            }
        }

        static let entry = VerbEntry(
            "sync", "Moves the sync clock, which belongs to the scenario: without it nothing scheduled is applied.",
            keys: [
                .oneOf("what", "now", .yes, "one sync; done when the gateway has acknowledged it"),
                .oneOf("what", "every", .duration, "syncs run from here on, so far apart (10ms at least)"),
                .oneOf("what", "next", .yes, "waits for the next of the running syncs"),
                .oneOf("what", "pause", .yes, "syncs stop"),
            ],
            examples: ["sync: { now: true }", "sync: { every: 1s }", "sync: { next: true }", "sync: { pause: true }"]
        ) { _, fields, _ in
            guard let (key, value) = fields.exactlyOne(of: ["now", "pause", "every", "next"]) else { return nil }
            switch key {
            case "now": return value.isTrue() ? .sync(.now) : nil
            case "pause": return value.isTrue() ? .sync(.pause) : nil
            case "next": return value.isTrue() ? .sync(.next) : nil
            default:
                guard let interval = value.duration() else { return nil }
                guard interval >= .milliseconds(10) else {
                    value.error("ticks are at least 10ms apart")
                    return nil
                }
                return .sync(.every(interval))
            }
        }
    }
}
