/// What a Plenticore measures, by module and name.
struct KostalProcessData {
    private struct Entry {
        var module: String
        var name: String
        var unit: String
        var value: Double
    }

    private let entries: [Entry]

    init(_ moment: DataloggerMoment) {
        let watts = moment.sum(\.acWatts)
        let dcWatts = moment.sum(\.dcWatts)
        let first = moment.lines.first?.reading
        func entry(_ module: String, _ name: String, _ unit: String, _ value: Double) -> Entry {
            Entry(module: module, name: name, unit: unit, value: value)
        }
        var entries = [
            entry("devices:local", "Inverter:State", "", watts > 0 ? 6 : 10),
            entry("devices:local", "Dc_P", "W", dcWatts), entry("devices:local", "Grid_P", "W", -watts),
            entry("devices:local", "HomeGrid_P", "W", 0), entry("devices:local", "HomeOwn_P", "W", 0),
            entry("devices:local:ac", "P", "W", watts),
            entry("devices:local:ac", "S", "VA", moment.sum(\.apparentVoltAmperes)),
            entry("devices:local:ac", "Frequency", "Hz", first?.frequencyHertz ?? 0),
            entry("scb:statistic:EnergyFlow", "Statistic:Yield:Day", "Wh", moment.sum(\.dayWattHours)),
            entry("scb:statistic:EnergyFlow", "Statistic:Yield:Year", "Wh", moment.sum(\.yearWattHours)),
            entry("scb:statistic:EnergyFlow", "Statistic:Yield:Total", "Wh", moment.sum(\.totalWattHours)),
        ]
        for phase in 1...3 {
            entries.append(entry("devices:local:ac", "L\(phase)_U", "V", first?.phaseVolts ?? 0))
            entries.append(entry("devices:local:ac", "L\(phase)_P", "W", watts / 3))
        }
        for string in 1...2 {
            entries.append(entry("devices:local:pv\(string)", "P", "W", dcWatts / 2))
            entries.append(entry("devices:local:pv\(string)", "U", "V", first?.dcVolts ?? 0))
        }
        self.entries = entries
    }

    /// Every module once, in the order of the list.
    var modules: [String] {
        entries.reduce(into: []) { if !$0.contains($1.module) { $0.append($1.module) } }
    }

    /// Which values each module has.
    var identifiers: JSONText {
        .array(
            modules.map { module in
                let names = entries.filter { $0.module == module }.map { JSONText.string($0.name) }
                return ["moduleid": .string(module), "processdataids": .array(names)]
            })
    }

    /// The values of a module, all or those named; nil when there is no such module or value.
    func values(of module: String, _ names: [String]?) -> JSONText? {
        let own = entries.filter { $0.module == module }
        guard !own.isEmpty, names.map({ $0.allSatisfy { name in own.contains { $0.name == name } } }) ?? true else {
            return nil
        }
        let chosen = own.filter { names?.contains($0.name) ?? true }
        return [
            "moduleid": .string(module),
            "processdata": .array(
                chosen.map {
                    ["id": .string($0.name), "unit": .string($0.unit), "value": .number($0.value, decimals: 3)]
                }),
        ]
    }
}
