import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// Against pvlib 0.16.1 (solarposition, clearsky.haurwitz, temperature.pvsyst_cell, pvsystem.pvwatts_dc, inverter.pvwatts).
@Suite struct SunModelTests {
    struct Sky: Sendable {
        let latitude, longitude, seconds, zenith, irradiance: Double
    }

    @Test(
        "The sun stands where pvlib says it does, to two hundredths of a degree",
        arguments: [
            Sky(latitude: 48.14, longitude: 11.58, seconds: 1_782_039_600, zenith: 24.8940, irradiance: 933.2626),
            Sky(latitude: 48.14, longitude: 11.58, seconds: 1_797_851_700, zenith: 71.5829, irradiance: 287.8001),
            Sky(latitude: 48.14, longitude: 11.58, seconds: 1_773_988_200, zenith: 78.7223, irradiance: 158.8072),
            Sky(latitude: -33.9, longitude: 18.4, seconds: 1_795_442_400, zenith: 47.4975, irradiance: 679.7995),
            Sky(latitude: 48.14, longitude: 11.58, seconds: 1_782_082_800, zenith: 108.3400, irradiance: 0),
            Sky(latitude: 0, longitude: 0, seconds: 1_790_078_400, zenith: 1.8294, irradiance: 1034.5333),
        ])
    func sun(_ sky: Sky) {
        let cosine = SunModel.zenithCosine(
            latitude: sky.latitude, longitude: sky.longitude, at: UnixTime(seconds: sky.seconds))
        #expect(abs(acos(cosine) * 180 / .pi - sky.zenith) < 0.02)
        #expect(abs(SunModel.clearSkyIrradiance(zenithCosine: cosine) - sky.irradiance) < 0.5)
    }

    struct Day: Sendable {
        let cosine, irradiance, cell, dc, ac: Double
    }

    @Test(
        "Irradiance, cell temperature, DC and AC power are pvlib's",
        arguments: [
            Day(cosine: 0.9, irradiance: 925.4957601484844, cell: 45.85005399035422, dc: 10603.865173509064, ac: 10000),
            Day(
                cosine: 0.5, irradiance: 487.89413288542505, cell: 33.62738784955842, dc: 5888.214065371485,
                ac: 5667.37962656501),
            Day(
                cosine: 0.1, irradiance: 60.865135863848884, cell: 21.70002620861095, dc: 770.8568659561131,
                ac: 694.8501653578752),
            Day(
                cosine: 0.02, irradiance: 1.1493799426275182, cell: 20.03210337081132, dc: 14.652749319976529, ac: 0),
        ])
    func chain(_ day: Day) {
        func isClose(_ one: Double, _ other: Double) -> Bool { abs(one - other) <= 1e-6 * max(1, abs(other)) }
        let chain = PhotovoltaicChain(ratedPowerWatts: 10_000)
        let irradiance = SunModel.clearSkyIrradiance(zenithCosine: day.cosine)
        #expect(isClose(irradiance, day.irradiance))
        #expect(isClose(PhotovoltaicChain.cellCelsius(irradiance: irradiance, ambientCelsius: 20), day.cell))
        #expect(isClose(chain.arrayWatts(irradiance: irradiance, ambientCelsius: 20), day.dc))
        #expect(isClose(chain.acWatts(dcWatts: day.dc), day.ac))
    }

    @Test("The DC power of a limited inverter is the one that gives its AC power")
    func limited() {
        let chain = PhotovoltaicChain(ratedPowerWatts: 10_000)
        for watts in [500.0, 2000, 7000] {
            #expect(abs(chain.acWatts(dcWatts: chain.dcWatts(forLimitedACWatts: watts)) - watts) < 0.002 * watts)
        }
    }

    @Test("The calendar is Foundation's")
    func calendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        for day in stride(from: -40_000, to: 60_000, by: 37) {
            let date = CalendarDate(daysSinceEpoch: day)
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            #expect(date == CalendarDate(year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0))
            #expect(date.daysSinceEpoch == day)
        }
    }
}
