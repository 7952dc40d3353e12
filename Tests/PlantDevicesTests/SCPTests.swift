import DeviceModel
import Testing

@testable import PlantDevices

/// The old protocol of `scp`, without SSH.
@Suite struct SCPTests {
    private let files = ServiceFiles(
        users: ["service"], clock: PlantClock { .summerNoon }, living: ["/etc/plant": { "plant=park-a\n" }])

    private func session(_ line: String) throws -> SCPSession {
        try #require(SCPSession(line.split(separator: " ").map(String.init), for: "service", on: files))
    }

    private func say(_ text: String, to session: inout SCPSession) -> String {
        session.receive(Array(text.utf8), at: 0)
        return output(&session)
    }

    private func output(_ session: inout SCPSession) -> String {
        var bytes: [UInt8] = []
        while session.hasOutput { bytes += session.takeOutput() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func text(_ path: String) -> String? {
        (try? files.read(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("A file comes in, in pieces as the net cuts them, and is nodded to")
    func taking() throws {
        var session = try session("scp -t notes")
        #expect(output(&session) == "\0")
        for piece in ["C06", "00 5 whatever", "\nhe"] {
            #expect(say(piece, to: &session) == (piece == "\nhe" ? "\0" : ""))
        }
        #expect(say("llo", to: &session) == "" && say("\0", to: &session) == "\0")
        session.endInput(at: 0)
        #expect(session.exitStatus == 0 && text("/home/service/notes") == "hello")
        #expect(files.attributes(of: "/home/service/notes")?.mode == 0o600)
    }

    @Test("A tree comes in and goes out again as it was")
    func tree() throws {
        var session = try session("scp -r -p -t .")
        _ = say("T1 0 1 0\nD0755 0 logs\n", to: &session)
        #expect(say("C0644 1 a\nA\0C0644 0 empty\n\0", to: &session) == "\0\0\0\0")
        #expect(say("D0755 0 old\nC0644 2 b\nBB\0E\nE\n", to: &session) == "\0\0\0\0\0")
        session.endInput(at: 0)
        #expect(session.exitStatus == 0 && text("/home/service/logs/old/b") == "BB")
        var other = try self.session("scp -r -f logs")
        let lines = [
            "D0755 0 logs\n", "C0644 1 a\n", "A\0", "C0644 0 empty\n", "\0", "D0755 0 old\n", "C0644 2 b\n", "BB\0",
        ]
        for line in lines + ["E\n", "E\n", ""] { #expect(say("\0", to: &other) == line) }
        #expect(other.exitStatus == 0)
    }

    @Test("What is not wanted at the other end is left out, and the rest still comes")
    func refusedThere() throws {
        _ = try files.makeDirectory("/home/service/logs")
        for (name, content) in [("logs/a", "A"), ("z", "ZZ")] {
            try files.open("/home/service/" + name, creates: true, isNew: true, empties: false)
            try files.write(Array(content.utf8), to: "/home/service/" + name, at: 0)
        }
        var session = try session("scp -r -f logs z")
        #expect(say("\0", to: &session) == "D0755 0 logs\n")
        #expect(say("\u{1}no room\n", to: &session) == "C0644 2 z\n")
        #expect(say("\u{1}no room\n", to: &session) == "" && session.exitStatus == 1)
    }

    @Test(
        "What cannot be is told and the session ends with status 1",
        arguments: [
            ("scp -f nowhere", "\0", "\u{1}scp: /home/service/nowhere: No such file or directory\n"),
            ("scp -f /etc", "\0", "\u{1}scp: /etc: not a regular file\n"),
            ("scp -t -d nowhere", "", "\u{1}scp: /home/service/nowhere: Not a directory\n"),
            ("scp -t /etc/plant", "C0644 1 x\n", "\0\u{1}scp: /etc/plant: Permission denied\n"),
            ("scp -t big", "C0644 99999999999 x\n", "\0\u{1}scp: /home/service/big: No space left on device\n"),
            ("scp -t .", "C0644 1 ../up\n", "\0\u{1}scp: protocol error\n"),
            ("scp -t .", "C0644 -1 x\n", "\0\u{1}scp: protocol error\n"), ("scp -t .", "E\n", "\0"),
            ("scp -t .", "nonsense\n", "\0\u{1}scp: protocol error\n"),
            ("scp -t half", "C0644 9 x\nhalf", "\0\0"),
        ])
    func refusals(_ line: String, _ sent: String, _ told: String) throws {
        var session = try session(line)
        #expect(output(&session) + say(sent, to: &session) == told)
        session.endInput(at: 0)
        #expect(session.exitStatus == 1)
    }

    @Test("A line without an end is not waited for")
    func endless() throws {
        var session = try session("scp -t .")
        #expect(say(String(repeating: "C", count: 4095), to: &session) == "\0" && session.exitStatus == nil)
        #expect(say("C", to: &session) == "" && session.exitStatus == 1)
    }

    @Test(
        "What is no call of the far side is no business of this",
        arguments: ["scp", "scp a b", "scp -t", "scp -f -t x", "ls -t"])
    func others(_ line: String) {
        #expect(SCPSession(line.split(separator: " ").map(String.init), for: "service", on: files) == nil)
    }

    @Test("Whatever comes, the session stays within its limits")
    func spoilt() throws {
        var spoiler = Spoiler(seed: 11)
        let visits = ["D0755 0 logs\nC0644 5 a\nhello\0E\n", "\0\0\0\0\0\0", "C0644 9 x\n123456789\0T1 0 1 0\n"]
        for round in 0..<250 {
            var session = try session(round % 3 == 1 ? "scp -r -f /" : "scp -r -t .")
            for visit in visits { session.receive(spoiler.spoil(Array(visit.utf8)), at: 0) }
            var count = 0
            while session.hasOutput { count += session.takeOutput().count }
            #expect(count < 100_000)
            session.endInput(at: 0)
            #expect(session.exitStatus != nil)
        }
    }
}
