import Glibc
import Synchronization

/// A living inverter: what it produces at a moment, what it has produced, and what it has been told.
///
/// The Modbus server writes its controls; data loggers of the plant read it too.
final class Inverter: Sendable {
    private struct State {
        var controls: InverterControls
        var energy: EnergyMeter
    }

    let ratedPowerWatts: Double
    private let site: PlantSite
    private let chain: PhotovoltaicChain
    private let clock: PlantClock
    private let state: Mutex<State>

    init(ratedPowerWatts: Int, site: PlantSite, clock: PlantClock) {
        self.ratedPowerWatts = Double(ratedPowerWatts)
        self.site = site
        self.clock = clock
        let chain = PhotovoltaicChain(ratedPowerWatts: Double(ratedPowerWatts))
        self.chain = chain
        let controls = InverterControls(ratedPowerWatts: Double(ratedPowerWatts))
        let energy = EnergyMeter(site: site, at: clock.now) { time in
            Self.power(of: chain, site: site, controls: controls, at: time).ac
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

    func reading() -> InverterReading {
        let now = clock.now
        return state.withLock { state in
            advance(&state, to: now)
            return reading(state, at: now)
        }
    }

    private func advance(_ state: inout State, to now: UnixTime) {
        let (site, chain, controls) = (site, chain, state.controls)
        state.energy.advance(to: now) { time in
            Self.power(of: chain, site: site, controls: controls, at: time).ac
        }
        state.controls.expire(at: now)
    }

    private func reading(_ state: State, at now: UnixTime) -> InverterReading {
        let power = Self.power(of: chain, site: site, controls: state.controls, at: now)
        let powerFactor = state.controls.powerFactor
        let apparent = power.ac / abs(powerFactor)
        let load = power.ac / ratedPowerWatts
        // The grid breathes by less than 20 mHz and 2 V; the same moment always shows the same.
        let breath = sin(now.seconds / 7.3) * 0.6 + sin(now.seconds / 1.9) * 0.4
        let phaseVolts = 230 + 2 * breath
        let isDark = power.irradiance < 1
        return InverterReading(
            time: now, state: Self.operatingState(power, state.controls), acWatts: power.ac, dcWatts: power.dc,
            availableWatts: power.available, apparentVoltAmperes: apparent,
            reactiveVoltAmperes: (apparent * apparent - power.ac * power.ac).squareRoot()
                * (powerFactor < 0 ? -1 : 1),
            powerFactor: powerFactor, phaseVolts: phaseVolts, phaseAmperes: apparent / (3 * phaseVolts),
            frequencyHertz: 50 + 0.02 * breath, dcVolts: isDark ? 16 : 640 - 40 * load,
            cabinetCelsius: site.ambientCelsius + 5 + 25 * load, totalWattHours: state.energy.total,
            dayWattHours: state.energy.day, yearWattHours: state.energy.year)
    }

    private struct Power {
        var irradiance: Double
        var available: Double
        var ac: Double
        var dc: Double
    }

    private static func power(
        of chain: PhotovoltaicChain, site: PlantSite, controls: InverterControls, at time: UnixTime
    ) -> Power {
        let zenith = SunModel.zenithCosine(latitude: site.latitude, longitude: site.longitude, at: time)
        let irradiance = SunModel.clearSkyIrradiance(zenithCosine: zenith)
        let array = chain.arrayWatts(irradiance: irradiance, ambientCelsius: site.ambientCelsius)
        let available = chain.acWatts(dcWatts: array)
        let limit = controls.limitWatts(at: time)
        guard limit < available || available == chain.ratedPowerWatts else {
            return Power(irradiance: irradiance, available: available, ac: available, dc: available > 0 ? array : 0)
        }
        let ac = min(limit, available)
        return Power(irradiance: irradiance, available: available, ac: ac, dc: chain.dcWatts(forLimitedACWatts: ac))
    }

    private static func operatingState(_ power: Power, _ controls: InverterControls) -> InverterReading.State {
        if !controls.isConnected { return .standby }
        if power.available <= 0 { return .sleeping }
        return power.ac < power.available ? .throttled : .tracking
    }
}

/// What an inverter shows at a moment.
struct InverterReading: Hashable, Sendable {
    /// The operating states of SunSpec that ours can be in.
    enum State: UInt16, Hashable, Sendable {
        case sleeping = 2
        case tracking = 4
        case throttled = 5
        case standby = 8
    }

    var time: UnixTime
    var state: State
    var acWatts: Double
    var dcWatts: Double
    /// What it would produce without a limit.
    var availableWatts: Double
    var apparentVoltAmperes: Double
    var reactiveVoltAmperes: Double
    var powerFactor: Double
    var phaseVolts: Double
    var phaseAmperes: Double
    var frequencyHertz: Double
    var dcVolts: Double
    var cabinetCelsius: Double
    var totalWattHours: Double
    var dayWattHours: Double
    var yearWattHours: Double

    var isProducing: Bool { acWatts > 0 }
}
