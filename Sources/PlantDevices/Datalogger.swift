/// What a data logger answers: pure but for the inverters that it looks at.
struct Datalogger: Sendable {
    /// An answer before it becomes HTTP.
    struct Answer: Hashable, Sendable {
        var status: Int
        var contentType: String
        var body: String

        static func json(_ value: JSONText, status: Int = 200) -> Answer {
            Answer(status: status, contentType: "application/json", body: value.text)
        }

        static func page(_ body: String, status: Int = 200) -> Answer {
            Answer(status: status, contentType: "text/html; charset=utf-8", body: body)
        }
    }

    /// An inverter as the logger numbers and shows it.
    struct Line: Sendable {
        let number: Int
        let name: String
        let ratedPowerWatts: Int
        let reading: InverterReading
    }

    let identity: DeviceIdentity
    private let configuration: DataloggerConfiguration
    private let registry: InverterRegistry
    /// What an inverter would produce that the fleet does not hold.
    private let standIns: [Inverter]
    private let clock: PlantClock

    init(
        _ configuration: DataloggerConfiguration, identity: DeviceIdentity, registry: InverterRegistry,
        clock: PlantClock
    ) {
        self.identity = identity
        self.configuration = configuration
        self.registry = registry
        self.clock = clock
        standIns = configuration.inverters.map {
            Inverter(ratedPowerWatts: $0.ratedPowerWatts, site: configuration.site, clock: clock)
        }
    }

    /// Answers a GET for a path and its query.
    func answer(target: String) -> Answer {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = Self.query(parts.count > 1 ? parts[1] : "")
        switch parts.first ?? "" {
        case "/", "/index.html": return .page(statusPage())
        case "/solar_api/GetAPIVersion.cgi":
            return .json(["APIVersion": 1, "BaseURL": "/solar_api/v1/", "CompatibilityRange": "1.6-3"])
        case let path where path.hasPrefix("/solar_api/v1/"):
            let name = String(path.dropFirst("/solar_api/v1/".count))
            let api = FroniusAnswers(
                time: clock.now, utcOffsetMinutes: configuration.site.utcOffsetMinutes, identity: identity,
                lines: lines())
            if let value = api.answer(name, query) { return .json(value) }
            return .json(["Error": "Not Found", "Path": .string(String(path))], status: 404)
        case let path where path.hasPrefix("/solar_api"):
            return .json(["Error": "Not Found", "Path": .string(String(path))], status: 404)
        default: return notFound()
        }
    }

    private func lines() -> [Line] {
        zip(configuration.inverters, standIns).enumerated().map { index, pair in
            let (inverter, standIn) = pair
            let living = registry.inverter(DeviceIdentity(plant: identity.plant, device: inverter.device))
            return Line(
                number: index + 1, name: inverter.device, ratedPowerWatts: inverter.ratedPowerWatts,
                reading: (living ?? standIn).reading())
        }
    }

    /// The pairs of a query; a name that comes twice keeps its first value.
    static func query(_ text: Substring) -> [String: String] {
        var pairs: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(32) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            if pairs[name] == nil { pairs[name] = sides.count > 1 ? String(sides[1]) : "" }
        }
        return pairs
    }

    private func statusPage() -> String {
        let lines = lines()
        let power = lines.reduce(0) { $0 + $1.reading.acWatts }
        let today = lines.reduce(0) { $0 + $1.reading.dayWattHours }
        return StatusPage.text(
            identity: identity, time: clock.now, utcOffsetMinutes: configuration.site.utcOffsetMinutes, lines: lines,
            totalWatts: power, todayWattHours: today)
    }

    private func notFound() -> Answer {
        .page(
            StatusPage.frame(identity: identity, title: "Not found", "<p>There is no such page here.</p>"), status: 404)
    }
}
