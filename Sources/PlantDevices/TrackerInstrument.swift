import DeviceModel

/// A controller of trackers (model 601): they follow the sun unless they are told where to look.
final class TrackerInstrument: Instrument {
    /// Angles in hundredths of a degree, as in the registers.
    private struct Command {
        var elevation = 0
        var azimuth = 0
        /// 0 automatic, 1 manual, 2 calibrate.
        var mode = 0
    }

    private static let scale = -2

    private let site: PlantSite
    private let clock: PlantClock
    private var all = Command()
    private var each: [Command]

    init(count: Int, site: PlantSite, clock: PlantClock) {
        self.site = site
        self.clock = clock
        each = Array(repeating: Command(), count: count)
    }

    var now: UnixTime { clock.now }

    func describe(_ image: inout SunSpecImage) {
        image.set("601.Nam", text: "Tracker field")
        image.set("601.Typ", raw: 5)
        image.set("601.Dgr_SF", raw: Self.scale)
        image.set("601.N", raw: each.count)
        image.set("601.GlblAlm", raw: 0)
        for tracker in 1...max(1, each.count) {
            image.set("601.\(tracker).Id", text: "Tracker \(tracker)")
            image.set("601.\(tracker).Alm", raw: 0)
        }
    }

    func measure(_ image: inout SunSpecImage) {
        let now = now
        let date = now.iso8601(utcOffsetMinutes: site.utcOffsetMinutes).filter(\.isNumber)
        image.set("601.DtLoc", text: String(date.prefix(8)))
        image.set("601.TmLoc", text: String(date.dropFirst(8).prefix(6)))
        let local = now.date(utcOffsetMinutes: site.utcOffsetMinutes)
        image.set(
            "601.Day", raw: local.daysSinceEpoch - CalendarDate(year: local.year, month: 1, day: 1).daysSinceEpoch + 1)
        image.set("601.GlblElCtl", raw: all.elevation)
        image.set("601.GlblAzCtl", raw: all.azimuth)
        image.set("601.GlblCtl", raw: all.mode)
        let sun = SunModel.position(latitude: site.latitude, longitude: site.longitude, at: now)
        for (index, own) in each.enumerated() {
            let name = "601.\(index + 1)"
            let command = all.mode == 0 ? own : all
            // Below the horizon there is nothing to follow: flat, facing south.
            let isDay = sun.elevationDegrees > 0
            let elevation = command.mode == 0 ? (isDay ? sun.elevationDegrees * 100 : 9000) : Double(command.elevation)
            let azimuth = command.mode == 0 ? (isDay ? sun.azimuthDegrees * 100 : 18_000) : Double(command.azimuth)
            for point in ["ElTrgt", "ElPos"] { image.set("\(name).\(point)", raw: Int(elevation.rounded())) }
            for point in ["AzTrgt", "AzPos"] { image.set("\(name).\(point)", raw: Int(azimuth.rounded())) }
            image.set("\(name).ElCtl", raw: own.elevation)
            image.set("\(name).AzCtl", raw: own.azimuth)
            image.set("\(name).Ctl", raw: own.mode)
        }
    }

    func refusal(of points: [(name: String, value: UInt16)]) -> UInt32? {
        for (name, value) in points {
            guard let (_, point, _) = Self.parts(of: name) else { return ModbusException.illegalAddress }
            if point.hasSuffix("Ctl"), !point.contains("El"), !point.contains("Az"), value > 2 {
                return ModbusException.illegalValue
            }
        }
        return nil
    }

    func take(_ points: [(name: String, value: UInt16)]) {
        for (name, value) in points {
            guard let (tracker, point, isLow) = Self.parts(of: name) else { continue }
            var command = tracker.map { each.indices.contains($0 - 1) ? each[$0 - 1] : Command() } ?? all
            switch point {
            case "GlblElCtl", "ElCtl": command.elevation = Self.put(value, into: command.elevation, isLow: isLow)
            case "GlblAzCtl", "AzCtl": command.azimuth = Self.put(value, into: command.azimuth, isLow: isLow)
            default: command.mode = Int(value)
            }
            if let tracker {
                if each.indices.contains(tracker - 1) { each[tracker - 1] = command }
            } else {
                all = command
            }
        }
    }

    /// `601.2.ElCtl+1` is the lower half of the second tracker's; nil for what cannot be written.
    private static func parts(of name: String) -> (tracker: Int?, point: String, isLow: Bool)? {
        let isLow = name.hasSuffix("+1")
        let words = (isLow ? String(name.dropLast(2)) : name).split(separator: ".").map(String.init)
        guard words.first == "601", let point = words.last,
            ["GlblElCtl", "GlblAzCtl", "GlblCtl", "ElCtl", "AzCtl", "Ctl"].contains(point)
        else { return nil }
        return (words.count > 2 ? Int(words[1]) : nil, point, isLow)
    }

    private static func put(_ half: UInt16, into whole: Int, isLow: Bool) -> Int {
        let bits = UInt32(bitPattern: Int32(truncatingIfNeeded: whole))
        let new = isLow ? bits & 0xFFFF_0000 | UInt32(half) : bits & 0xFFFF | UInt32(half) << 16
        return Int(Int32(bitPattern: new))
    }
}
