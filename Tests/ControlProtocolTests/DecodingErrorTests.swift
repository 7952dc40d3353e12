import Foundation
import Testing

@testable import ControlProtocol

@Suite("What is wrong with somebody's JSON")
struct DecodingErrorTests {
    private struct Fleet: Decodable {
        var plants: [Plant]
    }

    private struct Plant: Decodable {
        var name: String
        var place: String?
    }

    @Test(
        "is said with its place",
        arguments: [
            (#"{}"#, "plants is missing"), (#"{"plants":[{"name":"a"},{}]}"#, "plants[1].name is missing"),
            (#"{"plants":[{"name":null}]}"#, "plants[0].name is null"), (#"{"plants":null}"#, "plants is null"),
        ])
    func words(_ text: String, _ words: String) throws {
        let error = try #require(throws: DecodingError.self) {
            try JSONDecoder().decode(Fleet.self, from: Data(text.utf8))
        }
        #expect(error.words == words)
    }

    @Test("a type that does not fit has its place too")
    func type() throws {
        let error = try #require(throws: DecodingError.self) {
            try JSONDecoder().decode(Fleet.self, from: Data(#"{"plants":[{"name":7}]}"#.utf8))
        }
        #expect(error.words.hasPrefix("plants[0].name: "), "\(error.words)")
    }
}
