import DeviceModel

/// Energy as the integral of a power over time; it never runs backwards, whatever the wall clock does.
struct EnergyMeter: Hashable, Sendable {
    private static let step = 300.0
    private static let commissioned = UnixTime(year: 2020, month: 1, day: 1)

    /// Wh since the device was commissioned, since New Year and since midnight.
    private(set) var total: Double
    private(set) var year: Double
    private(set) var day: Double
    /// Wh of each quarter of an hour since midnight, the one that is under way included.
    private(set) var quarters: [Double] = []

    private let utcOffsetMinutes: Int
    private var last: UnixTime

    /// A meter that has counted for years: every past day as an average one, today as it was.
    init(site: PlantSite, at now: UnixTime, power: (UnixTime) -> Double) {
        utcOffsetMinutes = site.utcOffsetMinutes
        last = now
        let midnight = now.midnight(utcOffsetMinutes: utcOffsetMinutes)
        let today = now.date(utcOffsetMinutes: utcOffsetMinutes)
        let equinox = UnixTime(year: today.year, month: 3, day: 21)
        let average = Self.integrate(from: equinox, to: equinox + 86_400, step: 1800, power)
        let newYear = CalendarDate(year: today.year, month: 1, day: 1)
        day = 0
        year = average * Double(today.daysSinceEpoch - newYear.daysSinceEpoch)
        total = average * max(0, (midnight - Self.commissioned) / 86_400)
        addToday(from: midnight, to: now, since: midnight, power)
    }

    mutating func advance(to now: UnixTime, power: (UnixTime) -> Double) {
        defer { last = now }
        let today = now.date(utcOffsetMinutes: utcOffsetMinutes)
        let newYear = UnixTime(year: today.year, month: 1, day: 1) + -Double(utcOffsetMinutes * 60)
        let midnight = now.midnight(utcOffsetMinutes: utcOffsetMinutes)
        // A leap over many days is walked in coarser steps, so that it costs no more than a week.
        let step = max(Self.step, (now - last) / 2000)
        for boundary in [newYear, midnight] where boundary > last {
            add(Self.integrate(from: last, to: boundary, step: step, power))
            (last, day, quarters) = (boundary, 0, [])
            if boundary == newYear { year = 0 }
        }
        addToday(from: last, to: now, since: midnight, power)
    }

    /// Adds what was produced within a day, quarter by quarter.
    private mutating func addToday(
        from start: UnixTime, to end: UnixTime, since midnight: UnixTime, _ power: (UnixTime) -> Double
    ) {
        var start = start
        while start < end {
            let quarter = Int((start - midnight) / 900)
            let next = min(end, midnight + Double(quarter + 1) * 900)
            let energy = Self.integrate(from: start, to: next, step: Self.step, power)
            while quarters.count <= min(95, max(0, quarter)) { quarters.append(0) }
            quarters[min(95, max(0, quarter))] += energy
            add(energy)
            start = next
        }
    }

    private mutating func add(_ wattHours: Double) {
        total += wattHours
        year += wattHours
        day += wattHours
    }

    /// Wh by the trapezoidal rule; none when the clock was set back.
    private static func integrate(
        from start: UnixTime, to end: UnixTime, step: Double, _ power: (UnixTime) -> Double
    ) -> Double {
        let count = ((end - start) / step).rounded(.up)
        guard count >= 1 else { return 0 }
        let width = (end - start) / count
        var sum = (power(start) + power(end)) / 2
        for index in 1..<Int(count) {
            sum += power(start + Double(index) * width)
        }
        return sum * width / 3600
    }
}
