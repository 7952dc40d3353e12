import DeviceModel
import Testing

@testable import PlantDevices

/// SNMP, message by message; real clients ask in the live tests.
@Suite struct SNMPTests {
    private let agent = SNMPAgent(
        "public",
        SwitchInformation(
            identity: DeviceIdentity(plant: "park-a", device: "switch"), ports: 4, clock: PlantClock { .summerNoon },
            started: .summerNoon + -10))

    private static let name = [1, 3, 6, 1, 2, 1, 1, 5, 0]

    private func message(
        _ kind: UInt8, _ name: [Int] = Self.name, community: String = "public", version: Int = 1, second: Int = 0,
        third: Int = 0
    ) -> [UInt8] {
        let pair = DER.sequence([DER.object(BERReader.objectBytes(name)), [0x05, 0]])
        let body =
            BERReader.integer(77) + BERReader.integer(second) + BERReader.integer(third) + DER.sequence([pair])
        return DER.sequence([
            BERReader.integer(version), DER.tagged(0x04, Array(community.utf8)), DER.tagged(kind, body),
        ])
    }

    private func contains(_ answer: [UInt8]?, _ text: String) -> Bool {
        String(decoding: answer ?? [], as: UTF8.self).contains(text)
    }

    @Test("Who knows the word is told the name; who does not gets no answer, nor does what is no question")
    func community() {
        #expect(contains(agent.answer(message(0xA0)[...]), "park-a/switch"))
        #expect(agent.answer(message(0xA0, community: "private")[...]) == nil)
        #expect(agent.answer(message(0xA0, community: "")[...]) == nil)
        #expect(agent.answer(message(0xA0, version: 3)[...]) == nil)
        #expect(agent.answer(message(0xA2)[...]) == nil && agent.answer([]) == nil)
        #expect(agent.answer(message(0xA5, version: 0, third: 10)[...]) == nil)
    }

    @Test("Nothing can be set: version 2c says not writable, version 1 that there is no such name")
    func setting() throws {
        for (version, failure) in [(1, UInt8(17)), (0, 2)] {
            let answer = try #require(agent.answer(message(0xA3, version: version)[...]))
            let status = try #require(answer.firstRange(of: BERReader.integer(77)))
            #expect(Array(answer[status.upperBound...].prefix(3)) == [2, 1, failure])
        }
    }

    @Test("A walk by steps comes by every fact once, and to an end")
    func walk() throws {
        let bulk = try #require(agent.answer(message(0xA5, [1, 3, 6, 1, 2, 1, 1], third: 3)[...]))
        #expect(contains(bulk, "managed switch") && !contains(bulk, "park-a/switch"))
        #expect(contains(agent.answer(message(0xA5, [1, 3, 6, 1, 2, 1, 1], third: 5)[...]), "park-a/switch"))
        let past = try #require(agent.answer(message(0xA1, [2, 0])[...]))
        // End of the view, as version 2c says it.
        #expect(past.suffix(2) == [0x82, 0])
        #expect(agent.answer(message(0xA0, [1, 3, 9])[...])?.suffix(2) == [0x80, 0])
    }
}
