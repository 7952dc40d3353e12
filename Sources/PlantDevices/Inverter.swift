import DeviceModel
import Glibc
import Synchronization

/// A living inverter: what it produces at a moment, what it has produced, and what it has been told.
///
/// The Modbus server writes its controls; data loggers and meters of the plant read it too.
final class Inverter: Sendable {
    private struct State {
        var controls: InverterControls
        var energy: EnergyMeter
        /// What was shown when its values went wrong.
        var spoilt: (values: DeviceFault.Values, since: UnixTime, shown: InverterReading)?
    }

    let ratedPowerWatts: Double
    private let plant: Surroundings
    private let clock: PlantClock
    private let state: Mutex<State>

    /// All that its power depends on, besides the time and what it was told.
    private struct Surroundings: Sendable {
        var site: PlantSite
        var chain: PhotovoltaicChain
        var faults: FaultSwitch
    }

    init(ratedPowerWatts: Int, site: PlantSite, clock: PlantClock, faults: FaultSwitch = FaultSwitch()) {
        self.ratedPowerWatts = Double(ratedPowerWatts)
        self.clock = clock
        let plant = Surroundings(
            site: site, chain: PhotovoltaicChain(ratedPowerWatts: Double(ratedPowerWatts)), faults: faults)
        self.plant = plant
        let controls = InverterControls(ratedPowerWatts: Double(ratedPowerWatts))
        let energy = EnergyMeter(site: site, at: clock.now) { time in
            Self.power(of: plant, isDark: false, controls: controls, at: time).ac
        }
        state = Mutex(State(controls: controls, energy: energy))
    }

    var now: UnixTime { clock.now }

    var controls: InverterControls { state.withLock { $0.controls } }

    /// Takes new controls from now on; what was produced so far was produced under the old ones.
    func set(_ controls: InverterControls) {
        let now = clock.now
        state.withLock { state in
            advance(&state, to: now)
            state.controls = controls
        }
    }

    /// It was without power: commands are forgotten, the energy counted so far is not.
    func restart() {
        let now = clock.now
        state.withLock { state in
            advance(&state, to: now)
            state.controls.restart(at: now)
        }
    }

    func reading() -> InverterReading {
        let now = clock.now
        return state.withLock { state in
            advance(&state, to: now)
            return shown(&state, at: now)
        }
    }

    /// The mean power of every quarter of an hour of today, in W; the last one is still under way.
    func curveOfToday() -> [Double] {
        let now = clock.now
        return state.withLock { state in
            advance(&state, to: now)
            return state.energy.quarters.map { $0 * 4 }
        }
    }

    private func advance(_ state: inout State, to now: UnixTime) {
        let (plant, controls) = (plant, state.controls)
        let isDark = plant.faults.current.isNight
        state.energy.advance(to: now) { time in
            Self.power(of: plant, isDark: isDark, controls: controls, at: time).ac
        }
        state.controls.expire(at: now)
    }

    /// The truth, or what a device shows whose values are wrong.
    private func shown(_ state: inout State, at now: UnixTime) -> InverterReading {
        let truth = reading(state, at: now)
        guard let values = plant.faults.current.values else {
            state.spoilt = nil
            return truth
        }
        if state.spoilt?.values != values { state.spoilt = (values, now, truth) }
        guard let spoilt = state.spoilt else { return truth }
        return truth.spoilt(by: values, since: spoilt.since, firstShown: spoilt.shown, rated: ratedPowerWatts)
    }

    private func reading(_ state: State, at now: UnixTime) -> InverterReading {
        let power = Self.power(of: plant, isDark: plant.faults.current.isNight, controls: state.controls, at: now)
        let powerFactor = state.controls.powerFactor
        let apparent = power.ac / abs(powerFactor)
        let load = power.ac / ratedPowerWatts
        // The grid breathes by less than 20 mHz and 2 V; the same moment always shows the same.
        let breath = sin(now.seconds / 7.3) * 0.6 + sin(now.seconds / 1.9) * 0.4
        let phaseVolts = 230 + 2 * breath
        let isDark = power.irradiance < 1
        return InverterReading(
            time: now, state: Self.operatingState(power, state.controls, at: now), acWatts: power.ac,
            dcWatts: power.dc, availableWatts: power.available, apparentVoltAmperes: apparent,
            reactiveVoltAmperes: (apparent * apparent - power.ac * power.ac).squareRoot()
                * (powerFactor < 0 ? -1 : 1),
            powerFactor: powerFactor, phaseVolts: phaseVolts, phaseAmperes: apparent / (3 * phaseVolts),
            frequencyHertz: 50 + 0.02 * breath, dcVolts: isDark ? 16 : 640 - 40 * load,
            cabinetCelsius: plant.site.ambientCelsius + 5 + 25 * load, totalWattHours: state.energy.total,
            dayWattHours: state.energy.day, yearWattHours: state.energy.year)
    }

    private struct Power {
        var irradiance: Double
        var available: Double
        var ac: Double
        var dc: Double
    }

    private static func power(
        of plant: Surroundings, isDark: Bool, controls: InverterControls, at time: UnixTime
    ) -> Power {
        let (site, chain) = (plant.site, plant.chain)
        let irradiance = isDark ? 0 : Sky(of: site, at: time).globalIrradiance
        let array = chain.arrayWatts(irradiance: irradiance, ambientCelsius: site.ambientCelsius)
        let available = chain.acWatts(dcWatts: array)
        let limit = min(
            controls.limitWatts(at: time),
            chain.ratedPowerWatts * PhotovoltaicChain.derating(ambientCelsius: site.ambientCelsius))
        guard limit < available || available == chain.ratedPowerWatts else {
            return Power(irradiance: irradiance, available: available, ac: available, dc: available > 0 ? array : 0)
        }
        let ac = min(limit, available)
        return Power(irradiance: irradiance, available: available, ac: ac, dc: chain.dcWatts(forLimitedACWatts: ac))
    }

    private static func operatingState(
        _ power: Power, _ controls: InverterControls, at time: UnixTime
    ) -> InverterReading.State {
        if controls.isDisconnected(at: time) { return .standby }
        if power.available <= 0 { return .sleeping }
        if controls.isObserving(at: time) { return .starting }
        return power.ac < power.available ? .throttled : .tracking
    }
}

extension InverterReading {
    /// What a device shows in place of this when its values are wrong.
    fileprivate func spoilt(
        by values: DeviceFault.Values, since: UnixTime, firstShown: InverterReading, rated: Double
    ) -> InverterReading {
        switch values {
        case .stuck: return firstShown
        case .drifting:
            var reading = self
            let factor = 1 + max(0, time - since) / 100
            reading.acWatts *= factor
            reading.dcWatts *= factor
            reading.phaseAmperes *= factor
            reading.totalWattHours *= factor
            return reading
        case .absurd:
            var reading = self
            reading.acWatts = 80 * rated
            reading.phaseVolts = 6553
            reading.frequencyHertz = 655
            // Backwards, a kilowatt hour a second.
            reading.totalWattHours = max(0, firstShown.totalWattHours - 1000 * (1 + time.seconds - since.seconds))
            return reading
        }
    }
}
