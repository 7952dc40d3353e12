import AccessModel
import Addressing

extension Cursor {
    func int(_ what: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(what) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            error("expected \(what), a number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
            return nil
        }
        return number
    }

    func number(_ what: String, in range: ClosedRange<Double>) -> Double? {
        guard let text = text(what) else { return nil }
        guard let number = Double(text), range.contains(number) else {
            error("expected \(what), a number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
            return nil
        }
        return number
    }

    /// `true` or `false` and nothing else, so that nobody needs to know what YAML makes of `on`.
    func bool() -> Bool? {
        guard let text = text("true or false") else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            error("expected true or false, found '\(text)'")
            return nil
        }
    }

    /// Only `true` makes sense here.
    func isTrue() -> Bool {
        guard let value = bool() else { return false }
        if !value { error("only 'true' makes sense here; leave the key out otherwise") }
        return value
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ what: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = text(what) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        let suggestion = Spelling.nearest(to: text, among: names)
        // A long list is for the reference, once it is clear what was meant.
        let isShown = suggestion == nil || names.count <= 16
        let list = isShown ? ": \(names.joined(separator: ", "))" : ""
        error("'\(text)' is not \(what)\(list)", suggestion: suggestion)
        return nil
    }

    /// A span with its unit, `500ms`, `2s`, `1.5s`, `3min`, `1h`, or in a scenario one that has a name, `one-sync`.
    func duration(_ what: String = "a duration") -> Duration? {
        guard let text = text("\(what) such as 500ms or 2s") else { return nil }
        if let durations = scope.durations, let name = NamedDurations.Name(rawValue: text) {
            if let value = durations.value(name) { return value }
            error("the fixture does not say '\(text)'")
            return nil
        }
        guard let (amount, unit) = Self.split(text) else {
            let names = scope.durations == nil ? [] : NamedDurations.Name.allCases.map(\.rawValue)
            error(
                "expected \(what) such as 500ms or 2s, found '\(text)'",
                suggestion: Spelling.nearest(to: text, among: names))
            return nil
        }
        let factors = Self.spanUnits
        if unit.isEmpty {
            error("'\(text)' has no unit: write \(text)s or \(text)ms")
            return nil
        }
        guard let factor = factors.first(where: { $0.0 == unit })?.1 else {
            let known = factors.map(\.0)
            error(
                "unknown unit '\(unit)' (known: \(known.joined(separator: ", ")))",
                suggestion: Spelling.nearest(to: unit, among: known))
            return nil
        }
        let seconds = amount * factor
        guard seconds <= 86_400 else {
            error("'\(text)' is longer than a day")
            return nil
        }
        return .milliseconds((seconds * 1000).rounded())
    }

    /// A duration in which something is to happen.
    func span(_ what: String = "a duration") -> Duration? {
        guard let value = duration(what) else { return nil }
        guard value > .zero else {
            error("nothing happens in no time: say 500ms or 2s")
            return nil
        }
        return value
    }

    fileprivate static let spanUnits: [(String, Double)] = [("ms", 1e-3), ("s", 1), ("min", 60), ("h", 3600)]

    /// A share, `20%`, as a number from 0 to 1.
    func percentage(_ what: String) -> Double? {
        guard let text = text("\(what) such as 20%") else { return nil }
        guard let (amount, unit) = Self.split(text), unit == "%" || unit.isEmpty, amount <= 100 else {
            error("expected \(what) from 0% to 100%, found '\(text)'")
            return nil
        }
        if unit.isEmpty {
            error("'\(text)' has no unit: write \(text)%")
            return nil
        }
        return amount / 100
    }

    /// A power, `10kW`, in watts.
    func power() -> Int? {
        guard let text = text("a power such as 10kW") else { return nil }
        let factors = ["W": 1.0, "kW": 1e3, "MW": 1e6]
        guard let (amount, unit) = Self.split(text), let factor = factors[unit], amount * factor <= 1e9 else {
            error("expected a power in W, kW or MW, found '\(text)'")
            return nil
        }
        return Int(amount * factor)
    }

    func prefix(_ what: String = "a subnet") -> Prefix? {
        guard let text = text("\(what) such as 192.168.1.0/24") else { return nil }
        return Self.prefix(text, what, at: location, log: log)
    }

    static func prefix(_ text: String, _ what: String, at location: SourceLocation, log: DiagnosticLog) -> Prefix? {
        if let prefix = Prefix(text) { return prefix }
        if let normal = Prefix(normalizing: text) {
            log.error("'\(text)' has host bits set", at: location, suggestion: normal.description)
        } else {
            log.error("'\(text)' is not \(what) such as 192.168.1.0/24", at: location)
        }
        return nil
    }

    func address(_ what: String = "an address") -> IPv4Address? {
        guard let text = text("\(what) such as 192.168.1.20") else { return nil }
        guard let address = IPv4Address(text) else {
            error("'\(text)' is not \(what) such as 192.168.1.20")
            return nil
        }
        return address
    }

    /// A day, `2026-01-05`, or a moment of RFC 3339 in UTC.
    func day() -> Timestamp? {
        guard let text = text("a day such as 2026-01-05") else { return nil }
        guard let day = Timestamp(text) else {
            error("'\(text)' is not a day such as 2026-01-05")
            return nil
        }
        return day
    }

    /// Takes a decimal number and the letters behind it apart.
    fileprivate static func split(_ text: String) -> (Double, String)? {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard digits.first != ".", digits.last != ".", let amount = Double(digits), amount.isFinite else { return nil }
        return (amount, String(text.dropFirst(digits.count)))
    }
}

extension Duration {
    /// Reads a span with its unit, up to a day, as it stands in a scenario: `500ms`, `2s`, `1.5s`, `3min`, `1h`.
    package init?(spelled text: String) {
        guard let (amount, unit) = Cursor.split(text),
            let factor = Cursor.spanUnits.first(where: { $0.0 == unit })?.1, amount * factor <= 86_400
        else { return nil }
        self = .milliseconds((amount * factor * 1000).rounded())
    }
}
