import AccessModel
import ScenarioModel

/// Holds *at-most-one-online*, and that a session's volume never falls.
struct SessionWatch: Sendable {
    private var last: [PersonID: [SessionRow]] = [:]

    mutating func told(_ rows: [SessionRow], of person: PersonID) -> Violation? {
        defer { last[person] = rows }
        let online = rows.count(where: \.isOnline)
        if online > 1 {
            return Violation(
                .atMostOneOnline, "\(online) rows of \(person)'s recent connections are Online at a time",
                suspect: .sessions(person))
        }
        return nil
    }

    /// Rows of one person, the oldest first, whose volume has fallen since they were last told.
    mutating func fallen(_ rows: [SessionRow], of person: PersonID) -> Violation? {
        guard let before = last[person], rows.count >= before.count else { return nil }
        for (old, new) in zip(before.reversed(), rows.reversed()) where new.bytes < old.bytes {
            return Violation(
                .volumesAgree,
                "the volume of a row of \(person)'s recent connections fell from \(old.bytes) to \(new.bytes)",
                suspect: .sessions(person))
        }
        return nil
    }
}
