import AccessModel
package import DeviceModel

extension Action {
    /// What time it is for the devices of all plants: their sun, their timers, their days of energy.
    package struct PlantClockStep: VerbPayload {
        package var change: PlantClockChange

        package init(change: PlantClockChange) { self.change = change }

        package var sentence: String {
            var parts: [String] = []
            if let time = change.setTo {
                parts.append("it becomes \(Timestamp(milliseconds: Int64(time * 1000)))")
            }
            if change.advanceSeconds != 0 {
                parts.append("\(Duration.milliseconds((change.advanceSeconds * 1000).rounded()).text) pass")
            }
            if let speed = change.speed { parts.append(speed == 0 ? "time stops" : "time runs \(speed) times as fast") }
            return "for the devices of all plants \(parts.joined(separator: " and "))"
        }

        static let entry = VerbEntry(
            "plant-clock",
            "Moves the time by which the devices of all plants live: their sun, timers and days of energy.",
            keys: [
                .someOf("what", "set", .text, "the moment that it becomes, such as `2026-06-21T11:00:00Z`"),
                .someOf("what", "advance", .duration, "how much passes at once"),
                .someOf("what", "speed", .number, "how many seconds pass in one; 1 is as usual"),
                .someOf("what", "stopped", .yes, "the sun stands still"),
            ],
            examples: [
                "plant-clock: { set: 2026-06-21T11:00:00Z, stopped: true }",
                "plant-clock: { advance: 12h, speed: 60 }",
            ]
        ) { _, fields, _ in
            let set = fields.optional("set").map { $0.day() }
            let advance = fields.optional("advance").map { $0.duration() }
            let speed = fields.optional("speed").map { $0.number("how much faster time runs", in: 0.001...100_000) }
            let isStopped = fields.optional("stopped")?.isTrue() ?? false
            if set == nil, advance == nil, speed == nil, !isStopped {
                fields.log.error(
                    "'plant-clock' does nothing: say 'set', 'advance', 'speed' or 'stopped'", at: fields.location)
            }
            if isStopped, speed != nil {
                fields.log.error("'stopped' and 'speed' exclude each other", at: fields.location)
            }
            let time = (set ?? nil).map { Double($0.milliseconds) / 1000 }
            return .plantClock(
                PlantClockStep(
                    change: PlantClockChange(
                        setTo: time, advanceSeconds: (advance ?? nil)?.secondsValue ?? 0,
                        speed: isStopped ? 0 : speed ?? nil)))
        }
    }
}
