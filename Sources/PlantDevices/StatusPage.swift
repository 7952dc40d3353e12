import DeviceModel

/// The page that a person sees who opens a data logger in a browser.
enum StatusPage {
    /// - Parameter curves: of each inverter, the mean power of every quarter of an hour of today.
    static func text(_ moment: DataloggerMoment, curves: [[Double]], link: String) -> String {
        let rated = moment.lines.reduce(0) { $0 + Double($1.ratedPowerWatts) }
        let power = moment.sum(\.acWatts)
        let load = rated > 0 ? min(100, 100 * power / rated) : 0
        let rows = moment.lines.map { line in
            """
            <tr><td>\(line.number)</td><td>\(escaped(line.name))</td><td>\(stateText(line.reading.state))</td>\
            <td>\(watts(line.reading.acWatts))</td><td>\(wattHours(line.reading.dayWattHours))</td>\
            <td>\(wattHours(line.reading.totalWattHours))</td></tr>
            """
        }
        return frame(
            identity: moment.identity, title: "Data logger",
            """
            <section><strong>\(watts(power))</strong><span>now, of \(watts(rated))</span>
            <meter min="0" max="100" value="\(JSONText.number(load, decimals: 1).text)"></meter></section>
            <section><strong>\(wattHours(moment.sum(\.dayWattHours)))</strong><span>today</span></section>
            \(picture(of: curves, rated: rated))
            <table><thead><tr><th></th><th>Inverter</th><th>State</th><th>Power</th><th>Today</th><th>Total</th></tr>\
            </thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>
            <p>\(moment.time.iso8601(utcOffsetMinutes: moment.utcOffsetMinutes)) ·
            <a href="\(link)">as JSON</a></p>
            """)
    }

    /// Today's power from midnight to midnight, as far as the day has come.
    private static func picture(of curves: [[Double]], rated: Double) -> String {
        let count = curves.map(\.count).max() ?? 0
        let (width, height) = (480.0, 120.0)
        func text(_ value: Double) -> String { JSONText.number(value, decimals: 1).text }
        var points = (0..<count).map { index in
            let watts = curves.reduce(0) { $0 + ($1.indices.contains(index) ? $1[index] : 0) }
            let share = rated > 0 ? min(1, watts / rated) : 0
            return "\(text((Double(index) + 0.5) * width / 96)),\(text(height - share * height))"
        }
        if count > 0 {
            points.insert("0,\(text(height))", at: 0)
            points.append("\(text((Double(count) - 0.5) * width / 96)),\(text(height))")
        }
        let hours = stride(from: 0, through: 24, by: 6).map {
            "<text x=\"\(text(Double($0) * width / 24))\" y=\"\(text(height + 14))\">\($0)</text>"
        }
        return """
            <svg class="curve" viewBox="-10 -6 500 144" role="img" aria-label="Power of today">
            <polygon points="\(points.joined(separator: " "))"/>
            <line x1="0" y1="\(text(height))" x2="\(text(width))" y2="\(text(height))"/>
            \(hours.joined())</svg>
            """
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
            .curve { display: block; width: 100%; max-width: 40em } .curve polygon { fill: #f2a900; fill-opacity: .75 }
            .curve line { stroke: #5b6b7b } .curve text { font-size: 11px; fill: #5b6b7b; text-anchor: middle }
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
        case .starting: "watching the grid"
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
