import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// Our sun and our inverter against pvlib, which other people wrote, over hundreds of moments and irradiances.
@Suite struct PVLibTests {
    private struct Question: Encodable {
        let latitude = 48.14
        let longitude = 11.58
        let ambient = 24.0
        let rated = 10_000.0
        var dc: Double
        /// Every 37 hours of three years: all hours of the day, all seasons.
        let seconds = (0..<700).map { 1_767_225_600 + Double($0) * 37 * 3600 }
        let cosines = (1...200).map { Double($0) / 200 }
    }

    private struct Answer: Decodable {
        var zenith, azimuth, irradiance, cell, dc, ac: [Double]
    }

    @Test(
        "Irradiance, cells, DC and AC agree to a millionth; the sun stands where it should to two hundredths of a degree"
    )
    func agreement() async throws {
        let chain = PhotovoltaicChain(ratedPowerWatts: 10_000)
        let question = Question(dc: chain.inverterInputWatts * PhotovoltaicChain.oversizing)
        let run = try await Program.run(
            try Program.pythonPath(), [Program.client("sun.py")],
            input: String(decoding: try JSONEncoder().encode(question), as: UTF8.self), limitSeconds: 60)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(run.output.utf8))
        try #require(answer.ac.count == question.cosines.count && answer.zenith.count == question.seconds.count)
        func isClose(_ one: Double, _ other: Double) -> Bool { abs(one - other) <= 1e-6 * max(1, abs(other)) }
        for (index, cosine) in question.cosines.enumerated() {
            let irradiance = SunModel.clearSkyIrradiance(zenithCosine: cosine)
            let dc = chain.arrayWatts(irradiance: irradiance, ambientCelsius: question.ambient)
            #expect(isClose(irradiance, answer.irradiance[index]))
            #expect(
                isClose(
                    PhotovoltaicChain.cellCelsius(irradiance: irradiance, ambientCelsius: question.ambient),
                    answer.cell[index]))
            #expect(isClose(dc, answer.dc[index]))
            #expect(isClose(chain.acWatts(dcWatts: dc), answer.ac[index]))
        }
        for (index, seconds) in question.seconds.enumerated() {
            let sun = SunModel.position(
                latitude: question.latitude, longitude: question.longitude, at: UnixTime(seconds: seconds))
            #expect(abs(90 - sun.elevationDegrees - answer.zenith[index]) < 0.02)
            let turn = abs(sun.azimuthDegrees - answer.azimuth[index])
            // Near the zenith a small way is a large angle.
            #expect(min(turn, 360 - turn) < 0.06, "azimuth at \(seconds)")
        }
    }

    @Test("Clouds take what they may take, come and go without a jump, and are the seed's own")
    func clouds() {
        var site = PlantSite.munich
        (site.cloudiness, site.cloudSeed) = (0.6, 7)
        let shares = (0..<2000).map { Sky(of: site, at: .summerNoon + Double($0) * 10).cloudShare }
        #expect(shares.allSatisfy { (0...0.6).contains($0) })
        #expect((shares.max() ?? 0) - (shares.min() ?? 0) > 0.4)
        #expect(zip(shares, shares.dropFirst()).allSatisfy { abs($0 - $1) < 0.05 })
        #expect(shares == (0..<2000).map { Sky(of: site, at: .summerNoon + Double($0) * 10).cloudShare })
        site.cloudSeed = 8
        #expect(shares != (0..<2000).map { Sky(of: site, at: .summerNoon + Double($0) * 10).cloudShare })
    }

    @Test(
        "A limit comes by its ramp, lapses by its timer; a reconnection watches the grid and then rises by a tenth a minute"
    )
    func controls() {
        let clock = TestClock(.summerNoon)
        let inverter = Inverter(ratedPowerWatts: 10_000, site: .munich, clock: clock.clock)
        func tell(_ change: (inout InverterControls) -> Void) {
            let old = inverter.controls
            var controls = old
            change(&controls)
            controls.arm(at: inverter.now, after: old)
            inverter.set(controls)
        }
        tell { ($0.isLimited, $0.limitPercent, $0.limitRampSeconds, $0.limitRevertSeconds) = (true, 20, 100, 200) }
        clock.advance(50)
        #expect(abs(inverter.reading().acWatts - 6000) < 1)
        clock.advance(60)
        #expect(abs(inverter.reading().acWatts - 2000) < 1 && inverter.reading().state == .throttled)
        clock.advance(100)
        #expect(inverter.reading().acWatts > 9000 && !inverter.controls.isLimited)
        tell { ($0.isConnected, $0.connectRevertSeconds) = (false, 300) }
        #expect(inverter.reading().acWatts == 0 && inverter.reading().state == .standby)
        clock.advance(330)
        #expect(inverter.reading().state == .starting && inverter.reading().acWatts == 0)
        clock.advance(30 + 120)
        #expect(abs(inverter.reading().acWatts - 2000) < 20 && inverter.reading().state == .throttled)
        clock.advance(900)
        #expect(inverter.reading().acWatts > 9000)
    }

    @Test("In the heat an inverter gives less than it could")
    func derating() {
        var site = PlantSite.munich
        site.ambientCelsius = 55
        let reading = Inverter(ratedPowerWatts: 10_000, site: site, clock: PlantClock { .summerNoon }).reading()
        #expect(reading.acWatts == 5000 && reading.state == .throttled && reading.availableWatts > 8000)
    }
}
