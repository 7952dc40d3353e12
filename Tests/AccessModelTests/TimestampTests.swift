import AccessModel
import Foundation
import Testing

func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
}

@Suite struct TimestampTests {
    @Test(
        "Times are read and written as RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            ("2026-01-05", 1_767_571_200_000, "2026-01-05T00:00:00.000Z"),
            ("2024-02-29T23:59:59.5Z", 1_709_251_199_500, "2024-02-29T23:59:59.500Z"),
            ("2000-12-31T12:00:00.123456Z", 978_264_000_123, "2000-12-31T12:00:00.123Z"),
        ])
    func reads(_ text: String, _ milliseconds: Int64, _ canonical: String) throws {
        let timestamp = try #require(Timestamp(text))
        #expect(timestamp.milliseconds == milliseconds)
        #expect(timestamp.description == canonical)
        #expect(try roundTrip(timestamp) == timestamp)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "2026-1-5", "2026-02-29", "2026-13-01", "2026-01-05T24:00:00Z", "2026-01-05T00:00:00",
            "2026-01-05T00:00:00.Z", "2026-01-05T00:00:00+01:00", "2026-01-05x",
        ])
    func refuses(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Every day of a century is the one that Foundation counts")
    func days() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withFullDate]
        for day in stride(from: 0, to: 36_525, by: 13) {
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(day) * 86_400))
            #expect(Timestamp(text)?.milliseconds == Int64(day) * 86_400_000)
            #expect(Timestamp(milliseconds: Int64(day) * 86_400_000).description.hasPrefix(text))
        }
    }

    @Test("Route ids and places survive their text")
    func texts() throws {
        for text in ["park-a~192.168.1.0-24", "a~b~10.0.0.0-8"] {
            #expect(RouteID(text)?.description == text)
        }
        #expect(RouteID("park-a") == nil)
        #expect(RouteID("park-a~10.0.0.1-8") == nil)
        for text in ["plant:a", "portfolio:b:c", "organization:d"] { #expect(Place(text)?.text == text) }
        #expect(Place("person:a") == nil)
    }
}
