/// Decimal numbers as configuration and addresses write them: digits only, no sign, no leading zero.
package enum Decimal {
    /// Reads a number from 0 to `limit`.
    package static func parse(_ text: some StringProtocol, upTo limit: Int) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"), let number = Int(text), number <= limit
        else { return nil }
        return number
    }
}
