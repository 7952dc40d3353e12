import DeviceModel

/// What a switch tells about itself: the system group and its ports (RFC 1213).
struct SwitchInformation: Sendable {
    struct Fact: Sendable {
        let name: [Int]
        /// Tag, length and content.
        let value: [UInt8]
        let encodedName: [UInt8]

        init(_ name: [Int], _ value: [UInt8]) {
            self.name = name
            self.value = value
            encodedName = BERReader.objectBytes(name)
        }
    }

    let identity: DeviceIdentity
    let ports: Int
    let clock: PlantClock
    let started: UnixTime

    /// In the order of their names, which is the order in which they are walked.
    func facts() -> [Fact] {
        let seconds = max(0, clock.now - started)
        let system = [1, 3, 6, 1, 2, 1, 1]
        func text(_ text: String) -> [UInt8] { DER.tagged(0x04, Array(text.utf8)) }
        var facts = [
            Fact(system + [1, 0], text("Mirox Rig managed switch, \(ports) ports")),
            Fact(system + [2, 0], DER.object(BERReader.objectBytes([1, 3, 6, 1, 4, 1, 8072, 3, 2, 255]))),
            Fact(system + [3, 0], BERReader.integer(Int(seconds * 100) & 0x7FFF_FFFF, tag: 0x43)),
            Fact(system + [4, 0], text("operator")), Fact(system + [5, 0], text(identity.description)),
            Fact(system + [6, 0], text(identity.plant)), Fact(system + [7, 0], BERReader.integer(2)),
        ]
        let interfaces = [1, 3, 6, 1, 2, 1, 2]
        facts.append(Fact(interfaces + [1, 0], BERReader.integer(ports)))
        let columns: [(Int, (Int) -> [UInt8])] = [
            (1, { BERReader.integer($0) }), (2, { text("port\($0)") }), (3, { _ in BERReader.integer(6) }),
            (5, { _ in BERReader.integer(1_000_000_000, tag: 0x42) }),
            (7, { _ in BERReader.integer(1) }), (8, { BERReader.integer($0 <= ports / 2 ? 1 : 2) }),
            (10, { BERReader.integer(Int(seconds) * 1000 * $0 & 0x7FFF_FFFF, tag: 0x41) }),
        ]
        for (column, value) in columns {
            for port in 1...ports { facts.append(Fact(interfaces + [2, 1, column, port], value(port))) }
        }
        return facts
    }
}
