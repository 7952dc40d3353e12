import DeviceModel
import Glibc

/// A weather station (models 302 and 307): the same sky that the plant's inverters live under.
final class WeatherInstrument: Instrument {
    private let site: PlantSite
    private let clock: PlantClock

    init(site: PlantSite, clock: PlantClock) {
        self.site = site
        self.clock = clock
    }

    var now: UnixTime { clock.now }

    func describe(_ image: inout SunSpecImage) {
        image.set("307.Pres", raw: 1013)
        image.set("307.Snw", raw: 0)
        image.set("307.Rain", raw: 0)
    }

    func measure(_ image: inout SunSpecImage) {
        let sky = Sky(of: site, at: now)
        image.set("302.1.GHI", sky.globalIrradiance, scale: 0)
        image.set("302.1.POAI", sky.globalIrradiance, scale: 0)
        image.set("302.1.DFI", sky.diffuseIrradiance, scale: 0)
        image.set("302.1.DNI", sky.directNormalIrradiance, scale: 0)
        image.set("307.TmpAmb", site.ambientCelsius, scale: -1)
        image.set("307.RH", 50 + 30 * sky.cloudShare, scale: 0)
        image.set(
            "307.WndSpd", 2 + 3 * DeviceChance.number(site.cloudSeed &+ UInt64(max(0, now.seconds / 60))), scale: 0)
        image.set("307.WndDir", 225 + 30 * sin(now.seconds / 900), scale: 0)
    }

    func refusal(of points: [(name: String, value: UInt16)]) -> UInt32? { ModbusException.illegalAddress }

    func take(_ points: [(name: String, value: UInt16)]) {}
}
