/// A moment of the wall clock: milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 text.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Before anything the product knows: what has always been so has this moment as its `since`.
    package static let beginning = Self(milliseconds: 0)

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment so many seconds later, or earlier when negative.
    package func advanced(bySeconds seconds: Double) -> Self {
        // What somebody reports may be any number: a moment further away than 3,000 years is not meant.
        Self(milliseconds: milliseconds &+ Int64((min(max(seconds, -1e11), 1e11) * 1000).rounded()))
    }

    /// Seconds from `earlier` to here, negative when it comes later.
    package func seconds(since earlier: Self) -> Double {
        Double(milliseconds - earlier.milliseconds) / 1000
    }
}

extension Timestamp: CustomStringConvertible {
    /// For example `2026-01-05T09:30:00.250Z`.
    package var description: String {
        let days = Int((Double(milliseconds) / 86_400_000).rounded(.down))
        let rest = Int(milliseconds) - days * 86_400_000
        let date = CivilDate(daysSince1970: days)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(rest / 3_600_000, 2)):\(padded(rest / 60_000 % 60, 2)):\(padded(rest / 1000 % 60, 2))"
            + ".\(padded(rest % 1000, 3))Z"
    }

    /// Reads RFC 3339 in UTC, with or without a fraction of a second, or a date alone, which means its first moment.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int? {
            guard bytes.count >= from + count else { return nil }
            var value = 0
            for byte in bytes[from..<from + count] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        func character(_ at: Int, _ wanted: UInt8) -> Bool { bytes.count > at && bytes[at] == wanted }
        guard let year = number(0, 4), character(4, UInt8(ascii: "-")), let month = number(5, 2),
            character(7, UInt8(ascii: "-")), let day = number(8, 2),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var milliseconds = Int64(date.daysSince1970) * 86_400_000
        if bytes.count > 10 {
            guard character(10, UInt8(ascii: "T")), let hour = number(11, 2), hour < 24,
                character(13, UInt8(ascii: ":")), let minute = number(14, 2), minute < 60,
                character(16, UInt8(ascii: ":")), let second = number(17, 2), second < 60,
                bytes.last == UInt8(ascii: "Z"), let fraction = Self.milliseconds(fraction: bytes[19..<bytes.count - 1])
            else { return nil }
            milliseconds += Int64(((hour * 60 + minute) * 60 + second) * 1000 + fraction)
        }
        self.milliseconds = milliseconds
    }

    private static func milliseconds(fraction bytes: ArraySlice<UInt8>) -> Int? {
        guard let point = bytes.first else { return 0 }
        guard point == UInt8(ascii: "."), bytes.count > 1 else { return nil }
        var value = 0
        for (index, byte) in bytes.dropFirst().enumerated() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            if index < 3 { value = value * 10 + Int(byte - UInt8(ascii: "0")) }
        }
        for _ in bytes.count - 1..<max(3, bytes.count - 1) { value *= 10 }
        return value
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a time of RFC 3339 in UTC"))
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A day of the Gregorian calendar.
private struct CivilDate {
    var year: Int
    var month: Int
    var day: Int

    /// - Returns: `nil` for a day that the calendar does not have.
    init?(year: Int, month: Int, day: Int) {
        guard (1970...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// Counts in eras of 400 years that begin on the first of March, so that a leap day is the last of its year.
    init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
