import Glibc

/// The wall clock that the devices of a fleet live by; a scenario may make it noon.
package struct PlantClock: Sendable {
    private let read: @Sendable () -> UnixTime

    package init(_ read: @escaping @Sendable () -> UnixTime) {
        self.read = read
    }

    package var now: UnixTime { read() }

    /// The clock of the machine.
    package static let system = PlantClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixTime(seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }

    /// A clock that starts at that moment and runs as fast as time does.
    package static func starting(at start: UnixTime) -> PlantClock {
        let origin = monotonicSeconds()
        return PlantClock { start + (monotonicSeconds() - origin) }
    }
}

/// A moment in UTC: seconds since 1970, as everybody counts them.
package struct UnixTime: Hashable, Comparable, Sendable {
    package var seconds: Double

    package init(seconds: Double) { self.seconds = seconds }

    /// The moment that the civil calendar calls so, in UTC.
    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Double = 0) {
        let days = CalendarDate(year: year, month: month, day: day).daysSinceEpoch
        seconds = Double(days * 86_400 + hour * 3600 + minute * 60) + second
    }

    package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

    package static func + (time: Self, seconds: Double) -> Self { Self(seconds: time.seconds + seconds) }

    package static func - (left: Self, right: Self) -> Double { left.seconds - right.seconds }

    /// The moment at which the day began in which this moment lies, for a clock that is so far ahead of UTC.
    func midnight(utcOffsetMinutes: Int) -> UnixTime {
        let offset = Double(utcOffsetMinutes * 60)
        return UnixTime(seconds: ((seconds + offset) / 86_400).rounded(.down) * 86_400 - offset)
    }

    /// The date on a clock that is so far ahead of UTC.
    func date(utcOffsetMinutes: Int = 0) -> CalendarDate {
        CalendarDate(daysSinceEpoch: Int(((seconds + Double(utcOffsetMinutes * 60)) / 86_400).rounded(.down)))
    }
}

extension UnixTime {
    /// `2026-06-21T13:00:00+02:00` on a clock that is so far ahead of UTC.
    func iso8601(utcOffsetMinutes: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let date = date(utcOffsetMinutes: utcOffsetMinutes)
        let second = Int((self - midnight(utcOffsetMinutes: utcOffsetMinutes)).rounded(.down))
        let offset = abs(utcOffsetMinutes)
        return "\(date.year)-\(two(date.month))-\(two(date.day))T\(two(second / 3600)):\(two(second / 60 % 60)):"
            + "\(two(second % 60))\(utcOffsetMinutes < 0 ? "-" : "+")\(two(offset / 60)):\(two(offset % 60))"
    }
}

/// A date of the Gregorian calendar.
struct CalendarDate: Hashable, Sendable {
    let year: Int
    let month: Int
    let day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    // Both directions count years from March, so that the leap day is the last day of its year, and in eras of 400
    // years (146,097 days), after which the calendar repeats.
    init(daysSinceEpoch: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSinceEpoch: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Seconds on the monotonic clock: what limits and pauses are measured with.
func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
