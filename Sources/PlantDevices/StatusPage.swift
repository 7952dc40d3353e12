/// The page that a person sees who opens a data logger in a browser.
enum StatusPage {
    static func text(
        identity: DeviceIdentity, time: UnixTime, utcOffsetMinutes: Int, lines: [Datalogger.Line], totalWatts: Double,
        todayWattHours: Double
    ) -> String {
        let rated = lines.reduce(0) { $0 + Double($1.ratedPowerWatts) }
        let load = rated > 0 ? min(100, 100 * totalWatts / rated) : 0
        let rows = lines.map { line in
            """
            <tr><td>\(line.number)</td><td>\(escaped(line.name))</td><td>\(stateText(line.reading.state))</td>\
            <td>\(watts(line.reading.acWatts))</td><td>\(wattHours(line.reading.dayWattHours))</td>\
            <td>\(wattHours(line.reading.totalWattHours))</td></tr>
            """
        }
        return frame(
            identity: identity, title: "Data logger",
            """
            <section><strong>\(watts(totalWatts))</strong><span>now, of \(watts(rated))</span>
            <meter min="0" max="100" value="\(JSONText.number(load, decimals: 1).text)"></meter></section>
            <section><strong>\(wattHours(todayWattHours))</strong><span>today</span></section>
            <table><thead><tr><th></th><th>Inverter</th><th>State</th><th>Power</th><th>Today</th><th>Total</th></tr>\
            </thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>
            <p>\(time.iso8601(utcOffsetMinutes: utcOffsetMinutes)) ·
            <a href="/solar_api/v1/GetPowerFlowRealtimeData.fcgi">power flow as JSON</a></p>
            """)
    }

    static func frame(identity: DeviceIdentity, title: String, _ content: String) -> String {
        let (plant, device) = (escaped(identity.plant), escaped(identity.device))
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(title) · \(plant) / \(device)</title>
            <meta name="viewport" content="width=device-width">
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; color: #1d2733 }
            header { border-bottom: 3px solid #f2a900 } h1 { margin: 0; font-size: 1.5em } header p { margin: .2em 0 }
            section { display: inline-block; margin: 1.2em 2.5em .8em 0 } section strong { font-size: 1.8em }
            section span { margin-left: .5em; color: #5b6b7b } meter { display: block; width: 16em }
            table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3em .6em .3em 0 }
            tbody tr { border-top: 1px solid #dde3e9 } footer, p { color: #5b6b7b }
            </style></head><body>
            <header><h1>\(plant)</h1><p>\(device) · \(title)</p></header>
            \(content)
            </body></html>

            """
    }

    private static func stateText(_ state: InverterReading.State) -> String {
        switch state {
        case .sleeping: "sleeping"
        case .tracking: "feeding in"
        case .throttled: "limited"
        case .standby: "disconnected"
        }
    }

    private static func watts(_ watts: Double) -> String { quantity(watts, "W") }

    private static func wattHours(_ wattHours: Double) -> String { quantity(wattHours, "Wh") }

    private static func quantity(_ value: Double, _ unit: String) -> String {
        if abs(value) >= 1e6 { return JSONText.number(value / 1e6, decimals: 2).text + " M" + unit }
        if abs(value) >= 1000 { return JSONText.number(value / 1000, decimals: 1).text + " k" + unit }
        return JSONText.number(value).text + " " + unit
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
