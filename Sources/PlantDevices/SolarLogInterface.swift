import Foundation

/// The JSON interface of a Solar-Log: questions are posted to `/getjp` as nested numbers.
struct SolarLogInterface: DataloggerInterface {
    var link: String { "/getjp" }

    func answer(_ request: WebRequest, _ moment: DataloggerMoment) -> Datalogger.Answer? {
        guard request.path == "/getjp" else { return nil }
        // Errors come with status 200, as text.
        guard request.method == "POST" else { return answer(["550": "QUERY IMPOSSIBLE 000"]) }
        let question = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        guard let groups = question?["801"] as? [String: Any], groups.keys.contains("170") else {
            return answer(["550": "QUERY IMPOSSIBLE 000"])
        }
        return answer(["801": ["170": values(moment)]])
    }

    private func answer(_ value: JSONText) -> Datalogger.Answer {
        Datalogger.Answer(status: 200, contentType: "text/plain", body: value.text, server: "IPC@CHIP")
    }

    private func values(_ moment: DataloggerMoment) -> JSONText {
        let day = moment.sum(\.dayWattHours)
        let year = moment.sum(\.yearWattHours)
        let volts = moment.lines.first?.reading.phaseVolts ?? 0
        let dcVolts = moment.lines.first?.reading.dcVolts ?? 0
        let daysOfYear = max(1, moment.dayOfYear)
        let rated = moment.lines.reduce(0) { $0 + Double($1.ratedPowerWatts) }
        var numbers: [(String, Double)] = [
            ("101", moment.sum(\.acWatts)), ("102", moment.sum(\.dcWatts)), ("103", volts), ("104", dcVolts),
            ("105", day), ("106", (year - day) / Double(daysOfYear)),
            ("107", day + (year - day) / Double(daysOfYear) * Double(moment.dayOfMonth - 1)), ("108", year),
            ("109", moment.sum(\.totalWattHours)), ("110", 0),
        ]
        numbers += (111...115).map { (String($0), 0) } + [("116", rated)]
        return .object([("100", .string(moment.solarLogTime))] + numbers.map { ($0.0, .number($0.1)) })
    }
}

extension DataloggerMoment {
    fileprivate var date: CalendarDate { time.date(utcOffsetMinutes: utcOffsetMinutes) }

    fileprivate var dayOfYear: Int {
        date.daysSinceEpoch - CalendarDate(year: date.year, month: 1, day: 1).daysSinceEpoch
    }

    fileprivate var dayOfMonth: Int { date.day }

    /// `21.06.26 12:00:00`.
    fileprivate var solarLogTime: String {
        let text = time.iso8601(utcOffsetMinutes: utcOffsetMinutes)
        func two(_ from: Int) -> String { String(text.dropFirst(from).prefix(2)) }
        return "\(two(8)).\(two(5)).\(two(2)) \(text.dropFirst(11).prefix(8))"
    }
}
