import Glibc

/// Where the sun stands and what a cloudless sky lets through: pure functions of a place and a moment.
enum SunModel {
    /// The cosine of the sun's zenith angle, by the equations of the Astronomical Almanac (good to 0.01 degrees until 2050).
    static func zenithCosine(latitude: Double, longitude: Double, at time: UnixTime) -> Double {
        let (declination, hourAngle) = place(longitude: longitude, at: time)
        let latitude = radians(latitude)
        return sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hourAngle)
    }

    /// Where one looks to see it; the azimuth from north over east.
    static func position(
        latitude: Double, longitude: Double, at time: UnixTime
    ) -> (elevationDegrees: Double, azimuthDegrees: Double) {
        let (declination, hourAngle) = place(longitude: longitude, at: time)
        let phi = radians(latitude)
        let height = asin(sin(phi) * sin(declination) + cos(phi) * cos(declination) * cos(hourAngle))
        let fromSouth = atan2(sin(hourAngle), cos(hourAngle) * sin(phi) - tan(declination) * cos(phi))
        let azimuth = (fromSouth * 180 / .pi + 180).truncatingRemainder(dividingBy: 360)
        return (height * 180 / .pi, azimuth)
    }

    /// Declination and hour angle, in radians.
    private static func place(longitude: Double, at time: UnixTime) -> (declination: Double, hourAngle: Double) {
        let days = time.seconds / 86_400 - 10_957.5  // since noon of the first of January 2000, UTC
        let meanLongitude = radians(280.460 + 0.985_647_4 * days)
        let meanAnomaly = radians(357.528 + 0.985_600_3 * days)
        let eclipticLongitude = meanLongitude + radians(1.915 * sin(meanAnomaly) + 0.020 * sin(2 * meanAnomaly))
        let obliquity = radians(23.439 - 0.000_000_4 * days)
        let rightAscension = atan2(cos(obliquity) * sin(eclipticLongitude), cos(eclipticLongitude))
        let declination = asin(sin(obliquity) * sin(eclipticLongitude))
        let siderealTime = radians((280.460_618_37 + 360.985_647_366_29 * days).truncatingRemainder(dividingBy: 360))
        return (declination, siderealTime + radians(longitude) - rightAscension)
    }

    /// Global horizontal irradiance under a clear sky in W/m² (Haurwitz); zero at night.
    static func clearSkyIrradiance(zenithCosine: Double) -> Double {
        zenithCosine > 0 ? 1098 * zenithCosine * exp(-0.059 / zenithCosine) : 0
    }

    private static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
}

/// A photovoltaic array and its inverter: from irradiance to AC power.
struct PhotovoltaicChain: Hashable, Sendable {
    /// How much more the modules can give, under standard conditions, than the inverter can take.
    static let oversizing = 1.2
    /// Loss of power per kelvin above 25 °C.
    static let temperatureCoefficient = -0.004
    private static let nominalEfficiency = 0.96
    private static let referenceEfficiency = 0.9637

    let ratedPowerWatts: Double

    /// The DC power at which the inverter reaches its rated AC power.
    var inverterInputWatts: Double { ratedPowerWatts / Self.nominalEfficiency }

    /// How much of its rated power it dares to give: from 45 °C around it on, a twentieth less a degree.
    static func derating(ambientCelsius: Double) -> Double { min(1, max(0, 1 - (ambientCelsius - 45) / 20)) }

    /// Temperature of the cells (PVsyst's model without wind).
    static func cellCelsius(irradiance: Double, ambientCelsius: Double) -> Double {
        ambientCelsius + irradiance * 0.9 * (1 - 0.1) / 29
    }

    /// What the modules could give, in W.
    func arrayWatts(irradiance: Double, ambientCelsius: Double) -> Double {
        let cell = Self.cellCelsius(irradiance: irradiance, ambientCelsius: ambientCelsius)
        let nominal = inverterInputWatts * Self.oversizing
        return max(0, irradiance / 1000 * nominal * (1 + Self.temperatureCoefficient * (cell - 25)))
    }

    /// AC power for a DC power (PVWatts), between zero and the rated power.
    func acWatts(dcWatts: Double) -> Double {
        guard dcWatts > 0 else { return 0 }
        return min(max(efficiency(dcWatts: dcWatts) * dcWatts, 0), ratedPowerWatts)
    }

    /// The DC power that the inverter draws for an AC power that it was limited to.
    func dcWatts(forLimitedACWatts acWatts: Double) -> Double {
        guard acWatts > 0 else { return 0 }
        // The efficiency changes slowly with the power: two steps from the nominal one are within a thousandth.
        var dc = acWatts / Self.nominalEfficiency
        for _ in 0..<2 {
            let efficiency = efficiency(dcWatts: dc)
            guard efficiency > 0.1 else { return dc }
            dc = acWatts / efficiency
        }
        return dc
    }

    private func efficiency(dcWatts: Double) -> Double {
        let load = dcWatts / inverterInputWatts
        return Self.nominalEfficiency / Self.referenceEfficiency * (-0.0162 * load - 0.0059 / load + 0.9858)
    }
}
