import DeviceModel

/// Makes the register banks of devices; layouts that are alike are made once.
final class RegisterWorkshop {
    private struct LayoutKey: Hashable {
        let models: [Int]
        let commonLength: Int
        let hasEndModel: Bool
        let trackers: Int
    }

    private var layouts: [LayoutKey: SunSpecLayout] = [:]

    func banks(of plan: ModbusDevicePlan) -> [any RegisterBank] {
        let configuration = plan.configuration
        switch configuration.kind {
        case .inverter:
            return plan.inverters.enumerated().map { index, inverter in
                let number = plan.inverters.count > 1 && index > 0 ? "#\(index + 1)" : ""
                return bank(
                    InverterInstrument(inverter, models: configuration.models), plan, suffix: number,
                    model: "PV-\(Int(inverter.ratedPowerWatts))")
            }
        case .meter(let inverters):
            let identities = inverters.map { DeviceIdentity(plant: plan.identity.plant, device: $0.device) }
            let meter = MeterInstrument(
                { [registry = plan.registry] in identities.compactMap { registry.inverter($0)?.reading() } },
                clock: plan.clock)
            return [bank(meter, plan, model: "Meter")]
        case .tracker(let count):
            let tracker = TrackerInstrument(count: count, site: configuration.site, clock: plan.clock)
            return [bank(tracker, plan, model: "Tracker-\(count)", trackers: count)]
        case .weatherStation:
            return [bank(WeatherInstrument(site: configuration.site, clock: plan.clock), plan, model: "Weather")]
        case .dump(let runs): return [DumpBank(runs, identity: plan.identity)]
        }
    }

    private func bank(
        _ instrument: any Instrument, _ plan: ModbusDevicePlan, suffix: String = "", model: String, trackers: Int = 0
    ) -> SunSpecBank {
        SunSpecBank(
            instrument, layout: layout(of: plan.configuration, trackers: trackers), vendor: plan.configuration.vendor,
            identity: plan.identity, serial: plan.identity.description + suffix, model: model)
    }

    private func layout(of configuration: ModbusConfiguration, trackers: Int) -> SunSpecLayout {
        let vendor = configuration.vendor
        let key = LayoutKey(
            models: configuration.models, commonLength: vendor.commonLength, hasEndModel: vendor.hasEndModel,
            trackers: trackers)
        if let layout = layouts[key] { return layout }
        let models = configuration.models.compactMap { id -> SunSpecModel? in
            id == 601 ? .trackerController(count: trackers) : SunSpecModel.known.first { $0.id == id }
        }
        let layout = SunSpecLayout(
            models: models, commonLength: vendor.commonLength, hasEndModel: vendor.hasEndModel)
        layouts[key] = layout
        return layout
    }
}
