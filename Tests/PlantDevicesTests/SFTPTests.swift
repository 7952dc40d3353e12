import DeviceModel
import Testing

@testable import PlantDevices

/// SFTP without SSH: packets in, packets out.
@Suite struct SFTPTests {
    private let files = ServiceFiles(
        users: ["service"], clock: PlantClock { .summerNoon }, living: ["/etc/plant": { "plant=park-a\n" }])

    private func word(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    private func long(_ number: UInt64) -> [UInt8] {
        word(UInt32(number >> 32)) + word(UInt32(truncatingIfNeeded: number))
    }

    private func text(_ text: String) -> [UInt8] { word(UInt32(text.utf8.count)) + Array(text.utf8) }

    private func packet(_ kind: UInt8, _ body: [UInt8]) -> [UInt8] { word(UInt32(body.count + 1)) + [kind] + body }

    /// What a session answers, packet by packet without the lengths; nil when its output is no row of packets.
    private func answers(_ session: inout SFTPSession) -> [[UInt8]]? {
        var rest = session.takeOutput()[...]
        var answers: [[UInt8]] = []
        while !rest.isEmpty {
            guard rest.count >= 5 else { return nil }
            let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4 + count, count >= 1 else { return nil }
            answers.append(Array(rest.dropFirst(4).prefix(count)))
            rest = rest.dropFirst(4 + count)
        }
        return answers
    }

    private func ask(_ session: inout SFTPSession, _ packet: [UInt8]) -> [UInt8] {
        session.receive(packet, at: 0)
        return answers(&session)?.first ?? []
    }

    /// The first handle is number 1, as this session's.
    private var handle: [UInt8] { word(4) + word(1) }

    /// A visit as `sftp` makes it: write a file, look around, tidy up.
    private var visit: [[UInt8]] {
        [
            packet(1, word(3)), packet(16, word(1) + text(".")),
            packet(3, word(2) + text("notes") + word(0x1A) + word(0)),
            packet(6, word(3) + handle + long(0) + text("hello")),
            packet(8, word(4) + handle), packet(5, word(5) + handle + long(1) + word(3)),
            packet(10, word(6) + handle + word(1) + long(3)), packet(4, word(7) + handle),
            packet(11, word(8) + text("/home/service")), packet(12, word(9) + word(4) + word(2)),
            packet(14, word(10) + text("logs") + word(0)), packet(18, word(11) + text("notes") + text("logs/notes")),
            packet(9, word(12) + text("logs/notes") + word(4) + word(0o600)), packet(17, word(13) + text("logs/notes")),
            packet(7, word(14) + text("/etc/plant")), packet(13, word(15) + text("logs/notes")),
            packet(15, word(16) + text("logs")),
        ]
    }

    @Test("A visit is answered step by step, with the kinds and numbers that the protocol has")
    func good() {
        var session = SFTPSession(for: "service", on: files)
        let kinds = visit.map { ask(&session, $0) }
        #expect(
            kinds.map(\.first) == [2, 104, 102, 101, 105, 103, 101, 101, 102, 104, 101, 101, 101, 105, 105, 101, 101])
        for (number, answer) in kinds.enumerated().dropFirst() {
            #expect(Array(answer.dropFirst().prefix(4)) == word(UInt32(number)))
            if answer.first == 101 {
                #expect(Array(answer.dropFirst(5).prefix(4)) == word(0), "step \(number): \(answer)")
            }
        }
        #expect(kinds[5].dropFirst(5) == (text("ell"))[...])
        #expect(session.commands == visit.count - 1)
    }

    @Test("Numbers at the edge of what a number can say are refused, not worked with")
    func edges() {
        var session = SFTPSession(for: "service", on: files)
        _ = visit.prefix(4).map { ask(&session, $0) }
        func status(_ packet: [UInt8]) -> UInt8? {
            let answer = ask(&session, packet)
            return answer.first == 101 ? answer[8] : nil
        }
        for size in [.max, 1 << 63 - 1, 1 << 40, 33 << 20] as [UInt64] {
            #expect(status(packet(9, word(20) + text("notes") + word(1) + long(size))) == 4, "set a size of \(size)")
            #expect(status(packet(6, word(21) + handle + long(size) + text("x"))) == 4, "write at \(size)")
            #expect(status(packet(5, word(22) + handle + long(size) + word(.max))) == 1, "read at \(size)")
        }
        #expect(status(packet(5, word(23) + handle + long(0) + word(.max))) == nil)
        #expect(status(packet(6, word(24) + word(.max) + long(0))) == 5)
        #expect(session.exitStatus == nil)
        // A packet longer than any may be: there is no way to find the next one.
        session.receive(word(.max) + [3], at: 0)
        #expect(session.exitStatus == 1)
    }

    @Test(
        "A file that was opened to be read cannot be written, what the device makes cannot at all, and handles have a limit"
    )
    func rights() throws {
        var session = SFTPSession(for: "service", on: files)
        func status(_ packet: [UInt8]) -> UInt8? {
            let answer = ask(&session, packet)
            return answer.first == 101 ? answer[8] : nil
        }
        #expect(status(packet(3, word(1) + text("/etc/plant") + word(2) + word(0))) == 3)
        #expect(status(packet(13, word(2) + text("/etc/plant"))) == 3)
        #expect(status(packet(18, word(3) + text("/etc/plant") + text("/etc/other"))) == 3)
        try files.open("/home/service/a", creates: true, isNew: true, empties: false)
        #expect(status(packet(3, word(4) + text("a") + word(1) + word(0))) == nil)
        #expect(status(packet(6, word(5) + handle + long(0) + text("x"))) == 3)
        #expect(try files.read("/home/service/a").isEmpty)
        for number in 2...64 { #expect(status(packet(3, word(UInt32(number)) + text("a") + word(1) + word(0))) == nil) }
        #expect(status(packet(3, word(99) + text("a") + word(1) + word(0))) == 4)
        #expect(status(packet(4, word(100) + handle)) == 0)
        #expect(status(packet(3, word(101) + text("a") + word(1) + word(0))) == nil)
        // Appended, whatever the offset says.
        _ = status(packet(4, word(102) + word(4) + word(2)))
        #expect(status(packet(3, word(103) + text("a") + word(2 | 4) + word(0))) == nil)
        for _ in 1...2 { #expect(status(packet(6, word(104) + word(4) + word(66) + long(0) + text("x"))) == 0) }
        #expect(try files.read("/home/service/a") == Array("xx".utf8))
    }

    @Test("Whatever packets say, answers are packets, files stay within their limit, and the next visit is as good")
    func spoilt() throws {
        var spoiler = Spoiler(seed: 9)
        for round in 0..<250 {
            var session = SFTPSession(for: "service", on: files)
            var stream: [UInt8] = []
            for packet in visit {
                stream += spoiler.number(below: 4) == 0 ? spoiler.spoil(packet) : packet
            }
            var sent = stream[...]
            while !sent.isEmpty, session.exitStatus == nil {
                let count = 1 + spoiler.number(below: 200)
                session.receive(Array(sent.prefix(count)), at: 0)
                sent = sent.dropFirst(count)
                let packets = answers(&session)
                try #require(packets != nil, "round \(round)")
                #expect((packets ?? []).allSatisfy { $0[0] == 2 || (101...105).contains($0[0]) }, "round \(round)")
            }
            let names = ["/", "/etc", "/home", "/home/service", "/tmp"].flatMap { (try? files.names(in: $0)) ?? [] }
            try #require(names.count < 5000)
            #expect(sweep("/home/service") <= ServiceFiles.limitBytes)
        }
        good()
    }

    /// Empties a folder; how many bytes lay in it.
    private func sweep(_ folder: String) -> Int {
        ((try? files.names(in: folder)) ?? []).reduce(0) { bytes, name in
            let path = ServiceFiles.normal(name, in: folder)
            guard let attributes = files.attributes(of: path) else { return bytes }
            let inside = attributes.isDirectory ? sweep(path) : attributes.size
            try? files.remove(path, isDirectory: attributes.isDirectory)
            return bytes + inside
        }
    }
}
