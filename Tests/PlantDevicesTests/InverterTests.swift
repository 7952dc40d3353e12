import DeviceModel
import Foundation
import Synchronization
import Testing

@testable import PlantDevices

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time: Mutex<UnixTime>

    init(_ time: UnixTime) { self.time = Mutex(time) }

    var clock: PlantClock { PlantClock { self.time.withLock { $0 } } }

    func set(_ now: UnixTime) { time.withLock { $0 = now } }

    func advance(_ seconds: Double) { time.withLock { $0 = $0 + seconds } }
}

extension PlantSite {
    static let munich = PlantSite(latitude: 48.14, longitude: 11.58)
}

extension ModbusConfiguration {
    /// An inverter in Munich, of a vendor that a test makes up.
    static func inverter(watts: Int, vendor change: (inout VendorProfile) -> Void = { _ in }) -> ModbusConfiguration {
        var vendor = VendorProfile()
        change(&vendor)
        return ModbusConfiguration(
            kind: .inverter(ratedPowerWatts: watts, units: 1), vendor: vendor, site: .munich)
    }
}

extension DeviceConfiguration {
    static func inverter(watts: Int) -> DeviceConfiguration { .modbus(.inverter(watts: watts)) }
}

extension UnixTime {
    static let summerNoon = UnixTime(year: 2026, month: 6, day: 21, hour: 11)
}

@Suite struct InverterTests {
    private func inverter(_ clock: TestClock) -> Inverter {
        Inverter(ratedPowerWatts: 10_000, site: .munich, clock: clock.clock)
    }

    @Test("The plants' time is set, hastened and stopped, and goes on from where it stood")
    func time() {
        let time = PlantTime()
        time.change(PlantClockChange(setTo: UnixTime.summerNoon.seconds, speed: 0))
        #expect(time.clock.now == .summerNoon && time.clock.now == .summerNoon)
        time.change(PlantClockChange(advanceSeconds: 60))
        #expect(time.clock.now == .summerNoon + 60)
        let began = monotonicSeconds()
        time.change(PlantClockChange(speed: 1000))
        while time.clock.now < .summerNoon + 80 {}
        let (seen, took) = (time.clock.now - .summerNoon - 60, monotonicSeconds() - began)
        #expect(seen >= 20 && seen <= 1000 * took)
        time.change(PlantClockChange(speed: 0))
        let stopped = time.clock.now
        #expect(stopped >= .summerNoon + 80 && time.clock.now == stopped)
    }

    @Test("Energy is the integral of the power and never runs backwards, whatever the clock does")
    func energy() {
        let clock = TestClock(.summerNoon)
        let inverter = inverter(clock)
        let start = inverter.reading()
        #expect(start.acWatts > 9000 && start.state == .tracking || start.state == .throttled)
        clock.advance(600)
        let later = inverter.reading()
        let mean = (start.acWatts + later.acWatts) / 2
        #expect(abs(later.totalWattHours - start.totalWattHours - mean / 6) < 2)
        clock.set(.summerNoon + -86_400)
        #expect(inverter.reading().totalWattHours == later.totalWattHours)
        clock.set(.summerNoon + 400 * 86_400)
        let muchLater = inverter.reading()
        #expect(muchLater.totalWattHours > later.totalWattHours + 400 * 10_000)
        #expect(muchLater.dayWattHours < 100_000 && muchLater.yearWattHours < muchLater.totalWattHours)
    }

    @Test("The counter of the day begins at midnight, that of the year at New Year, both of the plant's own clock")
    func boundaries() {
        let clock = TestClock(UnixTime(year: 2026, month: 12, day: 31, hour: 12))
        let inverter = Inverter(
            ratedPowerWatts: 10_000,
            site: PlantSite(latitude: 48.14, longitude: 11.58, utcOffsetMinutes: 60), clock: clock.clock)
        let noon = inverter.reading()
        #expect(noon.dayWattHours > 1000 && noon.yearWattHours > 100 * noon.dayWattHours)
        clock.set(UnixTime(year: 2026, month: 12, day: 31, hour: 22, minute: 59))
        #expect(inverter.reading().yearWattHours > noon.yearWattHours)
        clock.set(UnixTime(year: 2026, month: 12, day: 31, hour: 23, minute: 1))
        let newYear = inverter.reading()
        #expect(newYear.dayWattHours == 0 && newYear.yearWattHours == 0)
        #expect(newYear.totalWattHours > noon.totalWattHours)
    }

    @Test("At night it sleeps and shows no power")
    func night() {
        let reading = inverter(TestClock(UnixTime(year: 2026, month: 6, day: 21, hour: 23))).reading()
        #expect(reading.state == .sleeping && reading.acWatts == 0 && reading.dcWatts == 0)
    }

    @Test("A limit acts while it is enabled and lapses after its time")
    func limit() {
        let clock = TestClock(.summerNoon)
        let inverter = inverter(clock)
        var controls = inverter.controls
        controls.limitPercent = 30
        inverter.set(controls)
        #expect(inverter.reading().acWatts > 9000)
        controls.isLimited = true
        controls.limitRevertSeconds = 60
        controls.arm(at: .summerNoon, after: inverter.controls)
        inverter.set(controls)
        let limited = inverter.reading()
        #expect(limited.acWatts == 3000 && limited.state == .throttled && limited.availableWatts > 9000)
        #expect(limited.dcWatts > 3000 && limited.dcWatts < 3300)
        clock.advance(61)
        #expect(inverter.reading().acWatts > 9000 && !inverter.controls.isLimited)
    }

    @Test("A command with a window takes effect at a moment within it, and not before")
    func window() {
        let clock = TestClock(.summerNoon + 0.25)
        let inverter = inverter(clock)
        var controls = inverter.controls
        (controls.limitPercent, controls.isLimited, controls.limitWindowSeconds) = (10, true, 100)
        controls.arm(at: clock.clock.now, after: inverter.controls)
        inverter.set(controls)
        #expect(inverter.reading().acWatts > 9000)
        let seconds = (1...100).first { _ in
            clock.advance(1)
            return inverter.reading().acWatts == 1000
        }
        #expect(seconds != nil)
        (controls.isConnected, controls.connectWindowSeconds) = (false, 100)
        controls.arm(at: clock.clock.now, after: inverter.controls)
        inverter.set(controls)
        #expect(inverter.reading().acWatts == 1000)
        clock.advance(100)
        #expect(inverter.reading().acWatts == 0)
    }

    @Test("Disconnected it feeds nothing and stands by")
    func disconnected() {
        let inverter = inverter(TestClock(.summerNoon))
        var controls = inverter.controls
        controls.isConnected = false
        inverter.set(controls)
        #expect(inverter.reading().acWatts == 0 && inverter.reading().state == .standby)
    }

    @Test("A fixed power factor shows as reactive power")
    func powerFactor() {
        let inverter = inverter(TestClock(.summerNoon))
        var controls = inverter.controls
        controls.fixedPowerFactor = -0.8
        controls.isPowerFactorFixed = true
        inverter.set(controls)
        let reading = inverter.reading()
        #expect(abs(reading.apparentVoltAmperes * 0.8 - reading.acWatts) < 1e-6)
        #expect(abs(reading.reactiveVoltAmperes + reading.acWatts * 0.75) < 1e-6)
    }
}
