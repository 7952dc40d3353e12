/// Answers SNMP, version 1 and 2c: get, get-next and get-bulk over what a switch knows; nothing can be set.
struct SNMPAgent: Sendable {
    static let messageLimitBytes = 1472
    private static let answerLimitBytes = 1400

    private enum PDU {
        static let get: UInt8 = 0xA0
        static let getNext: UInt8 = 0xA1
        static let response: UInt8 = 0xA2
        static let set: UInt8 = 0xA3
        static let getBulk: UInt8 = 0xA5
    }

    private enum Failure {
        static let tooBig = 1
        static let noSuchName = 2
        static let notWritable = 17
    }

    private let community: [UInt8]
    private let information: SwitchInformation

    init(_ community: String, _ information: SwitchInformation) {
        self.community = Array(community.utf8)
        self.information = information
    }

    /// nil: nothing is said to what cannot be understood, nor to whoever does not know the community.
    func answer(_ message: ArraySlice<UInt8>) -> [UInt8]? {
        var whole = BERReader(message)
        guard var outer = whole.enter(0x30), let version = outer.integer(), (0...1).contains(version),
            let word = outer.read(0x04), Array(word) == community, let kind = outer.nextTag,
            var pdu = outer.enter(kind), let request = pdu.integer(), let second = pdu.integer(),
            let third = pdu.integer(), var list = pdu.enter(0x30)
        else { return nil }
        var names: [[UInt8]] = []
        while !list.isEmpty {
            guard var pair = list.enter(0x30), let name = pair.read(0x06), names.count < 128 else { return nil }
            names.append(Array(name))
        }
        let facts = information.facts()
        var bindings: [[UInt8]] = []
        var (status, index) = (0, 0)
        switch kind {
        case PDU.get, PDU.getNext:
            for (number, name) in names.enumerated() {
                if let binding = binding(kind, name, facts, version) {
                    bindings.append(binding)
                } else if status == 0 {
                    (status, index) = (Failure.noSuchName, number + 1)
                }
            }
        case PDU.getBulk where version == 1:
            bindings = bulk(names, single: max(0, second), repeated: min(max(0, third), 64), facts)
        case PDU.set: (status, index) = (version == 0 ? Failure.noSuchName : Failure.notWritable, 1)
        default: return nil
        }
        if status != 0 { bindings = names.map { Self.pair($0, [0x05, 0]) } }
        if bindings.reduce(0, { $0 + $1.count }) > Self.answerLimitBytes {
            (status, index, bindings) = (Failure.tooBig, 0, [])
        }
        let body =
            BERReader.integer(request) + BERReader.integer(status) + BERReader.integer(index) + DER.sequence(bindings)
        return DER.sequence([
            BERReader.integer(version), DER.tagged(0x04, community), DER.tagged(PDU.response, body),
        ])
    }

    /// nil: version 1 knows no exceptions, so the whole answer fails.
    private func binding(_ kind: UInt8, _ name: [UInt8], _ facts: [SwitchInformation.Fact], _ version: Int) -> [UInt8]?
    {
        if kind == PDU.get {
            if let fact = facts.first(where: { $0.encodedName == name }) { return Self.pair(name, fact.value) }
            return version == 0 ? nil : Self.pair(name, [0x80, 0])
        }
        if let next = Self.next(after: name, facts) { return Self.pair(next.encodedName, next.value) }
        return version == 0 ? nil : Self.pair(name, [0x82, 0])
    }

    private func bulk(
        _ names: [[UInt8]], single: Int, repeated: Int, _ facts: [SwitchInformation.Fact]
    ) -> [[UInt8]] {
        var bindings: [[UInt8]] = []
        var bytes = 0
        func add(_ binding: [UInt8]) -> Bool {
            guard bytes + binding.count < Self.answerLimitBytes else { return false }
            bytes += binding.count
            bindings.append(binding)
            return true
        }
        for name in names.prefix(single) {
            let next = Self.next(after: name, facts)
            guard add(next.map { Self.pair($0.encodedName, $0.value) } ?? Self.pair(name, [0x82, 0])) else {
                return bindings
            }
        }
        var cursors = Array(names.dropFirst(single))
        for _ in 0..<repeated {
            for index in cursors.indices {
                guard let next = Self.next(after: cursors[index], facts) else {
                    guard add(Self.pair(cursors[index], [0x82, 0])) else { return bindings }
                    continue
                }
                guard add(Self.pair(next.encodedName, next.value)) else { return bindings }
                cursors[index] = next.encodedName
            }
        }
        return bindings
    }

    private static func next(after name: [UInt8], _ facts: [SwitchInformation.Fact]) -> SwitchInformation.Fact? {
        let parts = BERReader.objectParts(name)
        return facts.first { parts.lexicographicallyPrecedes($0.name) }
    }

    private static func pair(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
        DER.sequence([DER.object(name), value])
    }
}
