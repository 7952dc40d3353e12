import DeviceModel

/// What a data logger answers: pure but for the inverters that it looks at.
struct Datalogger: Sendable {
    /// An answer before it becomes HTTP.
    struct Answer: Hashable, Sendable {
        var status: Int
        var contentType: String
        var body: String
        /// What it calls itself in the header, where clients look at that.
        var server: String?

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
    private let faults: FaultSwitch
    private let interface: any DataloggerInterface

    init(
        _ configuration: DataloggerConfiguration, identity: DeviceIdentity, registry: InverterRegistry,
        clock: PlantClock, faults: FaultSwitch = FaultSwitch()
    ) {
        self.identity = identity
        self.faults = faults
        self.configuration = configuration
        self.registry = registry
        self.clock = clock
        interface =
            switch configuration.flavour {
            case .froniusSymo: FroniusInterface(isGEN24: false)
            case .froniusGEN24: FroniusInterface(isGEN24: true)
            case .solarLog: SolarLogInterface()
            case .kostal: KostalInterface(password: configuration.password, identity: identity)
            }
        standIns = configuration.inverters.map {
            Inverter(ratedPowerWatts: $0.ratedPowerWatts, site: configuration.site, clock: clock)
        }
    }

    /// Answers a GET for a path and its query.
    func answer(target: String) -> Answer { answer(WebRequest(target: target)) }

    func answer(_ request: WebRequest) -> Answer {
        let path = request.path
        if path == "/" || path == "/index.html", request.method == "GET" || request.method == "HEAD" {
            return .page(statusPage())
        }
        if let answer = interface.answer(request, moment()) { return answer }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .json(["Error": "Method Not Allowed"], status: 405)
        }
        return notFound()
    }

    private func moment() -> DataloggerMoment {
        DataloggerMoment(
            time: clock.now, utcOffsetMinutes: configuration.site.utcOffsetMinutes, identity: identity,
            lines: lines())
    }

    private func lines() -> [Line] {
        let isNight = faults.current.isNight
        return zip(configuration.inverters, standIns).enumerated().map { index, pair in
            let reading = inverter(pair.0, pair.1).reading()
            return Line(
                number: index + 1, name: pair.0.device, ratedPowerWatts: pair.0.ratedPowerWatts,
                reading: isNight ? reading.atNight : reading)
        }
    }

    /// The living inverter of that name, or what stands in for it.
    private func inverter(_ named: DataloggerConfiguration.Inverter, _ standIn: Inverter) -> Inverter {
        registry.inverter(DeviceIdentity(plant: identity.plant, device: named.device)) ?? standIn
    }

    private func statusPage() -> String {
        let curve = zip(configuration.inverters, standIns).map { pair in
            inverter(pair.0, pair.1).curveOfToday()
        }
        return StatusPage.text(moment(), curves: curve, link: interface.link)
    }

    private func notFound() -> Answer {
        .page(
            StatusPage.frame(identity: identity, title: "Not found", "<p>There is no such page here.</p>"), status: 404)
    }
}

/// What a data logger shows at a moment.
struct DataloggerMoment: Sendable {
    let time: UnixTime
    let utcOffsetMinutes: Int
    let identity: DeviceIdentity
    let lines: [Datalogger.Line]

    func sum(_ quantity: (InverterReading) -> Double) -> Double { lines.reduce(0) { $0 + quantity($1.reading) } }
}

/// What programs ask a data logger, as its vendor has it.
protocol DataloggerInterface: Sendable {
    /// A path worth a look, for the page that people see.
    var link: String { get }

    /// nil: there is nothing of that name.
    func answer(_ request: WebRequest, _ moment: DataloggerMoment) -> Datalogger.Answer?
}
