import Foundation
import Testing

@testable import Addressing

/// What reads as what, and what does not: one table a type.
struct TextTests {
    @Test(
        "IPv4 addresses", arguments: [("0.0.0.0", 0), ("192.168.1.20", 0xC0A8_0114), ("255.255.255.255", 0xFFFF_FFFF)])
    func address(text: String, number: UInt32) throws {
        let address = try #require(IPv4Address(text))
        #expect(address.number == number)
        #expect(address.description == text)
    }

    @Test(
        "not IPv4 addresses",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.00", " 1.2.3.4", "1.2.3.4 ", "1..3.4",
            "a.b.c.d",
            "1.2.3.4.", "+1.2.3.4", "1.2.3.-4", "::1", "1.2.3.99999999999",
        ])
    func noAddress(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test(
        "prefixes",
        arguments: [
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"), ("192.168.1.0/24", "192.168.1.0", "192.168.1.255"),
            ("10.0.0.1/32", "10.0.0.1", "10.0.0.1"), ("10.128.0.0/9", "10.128.0.0", "10.255.255.255"),
        ])
    func prefix(text: String, lower: String, upper: String) throws {
        let prefix = try #require(Prefix(text))
        #expect(prefix.description == text)
        #expect(prefix.range.description == "\(lower)-\(upper)")
        #expect(prefix.contains(prefix.range.lower) && prefix.contains(prefix.range.upper))
    }

    @Test(
        "not prefixes",
        arguments: [
            "", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
            "10.0.0.0/8/8",
            "10.0.0.1/8", "/8",
        ])
    func noPrefix(text: String) {
        #expect(Prefix(text) == nil)
    }

    @Test("host bits are cleared where that is asked for, and nothing else is forgiven")
    func normalizing() {
        #expect(Prefix(normalizing: "10.1.2.3/8")?.description == "10.0.0.0/8")
        #expect(Prefix(normalizing: "10.1.2.3/33") == nil)
    }

    @Test("prefixes hold and overlap each other as sets do")
    func overlap() throws {
        let eight = try #require(Prefix("10.0.0.0/8"))
        let sixteen = try #require(Prefix("10.1.0.0/16"))
        let other = try #require(Prefix("10.2.0.0/16"))
        #expect(eight.contains(sixteen) && !sixteen.contains(eight))
        #expect(eight.overlaps(sixteen) && sixteen.overlaps(eight))
        #expect(!sixteen.overlaps(other))
        #expect([other, sixteen, eight].sorted() == [eight, sixteen, other])
    }

    @Test("ranges count, hold and overlap")
    func range() {
        let low = AddressRange(IPv4Address(10, 0, 0, 0), IPv4Address(10, 0, 0, 9))
        let high = AddressRange(IPv4Address(10, 0, 0, 9), IPv4Address(10, 0, 0, 12))
        #expect(low.count == 10)
        #expect(AddressRange(IPv4Address(number: 0), IPv4Address(number: .max)).count == 1 << 32)
        #expect(low.overlaps(high) && high.overlaps(low))
        #expect(!low.overlaps(AddressRange(IPv4Address(10, 0, 0, 10), IPv4Address(10, 0, 0, 12))))
        #expect(low.contains(IPv4Address(10, 0, 0, 9)) && !low.contains(IPv4Address(10, 0, 0, 10)))
    }

    @Test("a range that runs downwards is not decoded")
    func rangeDecoding() throws {
        let good = Data(#"{"lower":"10.0.0.1","upper":"10.0.0.2"}"#.utf8)
        let bad = Data(#"{"lower":"10.0.0.2","upper":"10.0.0.1"}"#.utf8)
        #expect(try JSONDecoder().decode(AddressRange.self, from: good).count == 2)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(AddressRange.self, from: bad) }
    }

    @Test("endpoints", arguments: ["203.0.113.1:51820", "0.0.0.0:0", "1.2.3.4:65535"])
    func endpoint(text: String) {
        #expect(Endpoint(text)?.description == text)
    }

    @Test(
        "not endpoints",
        arguments: [
            "", ":", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4:080", "1.2.3.4:1:2",
            "host:1", "1.2.3.4: 1",
        ])
    func noEndpoint(text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test(
        "base64 of RFC 4648, section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("\u{3f}\u{3e}\u{7f}", "Pz5/"),
        ])
    func base64(plain: String, text: String) {
        #expect(Base64.encode(plain.utf8) == text)
        #expect(Base64.decode(text.utf8) == [UInt8](plain.utf8))
    }

    @Test(
        "not base64",
        arguments: [
            "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm9-", "Zm 9v", "=Zg=",
        ])
    func noBase64(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test("public keys are 44 characters for 32 bytes, and sort by bytes")
    func publicKey() throws {
        let text = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
        let key = try #require(PublicKey(text))
        #expect(key.description == text)
        #expect(PublicKey(bytes: key.bytes) == key)
        #expect(PublicKey(String(text.dropLast(2))) == nil)
        #expect(PublicKey(bytes: [UInt8](repeating: 1, count: 31)) == nil)
        let low = try #require(PublicKey(bytes: [UInt8](repeating: 1, count: 32)))
        let high = try #require(PublicKey(bytes: [2] + [UInt8](repeating: 0, count: 31)))
        #expect(low < high && !(high < low))
    }

    @Test("values are written in JSON as their text, and a wrong one says what was expected")
    func json() throws {
        let endpoint = try #require(Endpoint("203.0.113.1:51820"))
        #expect(String(decoding: try JSONEncoder().encode([endpoint]), as: UTF8.self) == #"["203.0.113.1:51820"]"#)
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Prefix].self, from: Data(#"["10.0.0.1/8"]"#.utf8))
        }
        #expect(String(describing: error).contains("'10.0.0.1/8' is not an IPv4 prefix"))
    }
}
