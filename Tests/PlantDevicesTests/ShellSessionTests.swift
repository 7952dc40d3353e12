import Addressing
import DeviceModel
import Testing

@testable import PlantDevices

/// The small shell, without SSH.
@Suite struct ShellSessionTests {
    private let host = ServiceHost(
        identity: DeviceIdentity(plant: "park-a", device: "service-pc"), network: Prefix("192.168.0.0/16"),
        clock: PlantClock { .summerNoon }, startedSeconds: monotonicSeconds() - 90_120)
    private let address = IPv4Address(192, 168, 1, 40)

    private func command(_ line: String) -> ShellSession {
        ShellSession(command: line, for: "service", on: host, reachedAt: address, isTerminal: false, at: 0)
    }

    private func type(_ text: String, into shell: inout ShellSession, at now: Double) {
        #expect(shell.hasRoom)
        shell.receive(Array(text.utf8), at: now)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        "A command prints what is so and ends with its status",
        arguments: [
            ("hostname", "park-a-service-pc\n", "", 0), ("whoami", "service\n", "", 0),
            ("echo one  'two  three' \"four\\\"\" five\\ six", "one two  three four\" five six\n", "", 0),
            ("echo", "\n", "", 0), ("cat /etc/plant", "plant=park-a\ndevice=service-pc\n", "", 0),
            ("cat /etc/hostname /nowhere", "park-a-service-pc\n", "cat: /nowhere: No such file or directory\n", 1),
            ("uptime", " 11:00:00 up 1 days, 1:02\n", "", 0), ("date", "2026-06-21T11:00:00+00:00\n", "", 0),
            ("rm -rf /", "", "rm: /: Is a directory\n", 1), ("reboot", "", "sh: reboot: command not found\n", 127),
            ("", "", "", 0),
            ("echo 'open", "", "sh: unterminated quote\n", 2), ("exit 7", "", "", 7), ("exit 300", "", "", 44),
            ("sleep fast", "", "usage: sleep SECONDS\n", 1), ("ip route", "", "usage: ip addr\n", 255),
        ] as [(String, String, String, Int32)])
    func commands(_ line: String, _ output: String, _ errors: String, _ status: Int32) {
        var session = command(line)
        #expect(text(session.takeOutput()) == output)
        #expect(text(session.takeErrors()) == errors)
        #expect(session.exitStatus == status)
    }

    @Test("ip addr tells the address on which it was reached; uname -a names the device")
    func system() {
        var session = command("ip addr")
        #expect(text(session.takeOutput()).contains("inet 192.168.1.40/16 brd 192.168.255.255 scope global eth0\n"))
        var name = command("uname -a")
        #expect(text(name.takeOutput()).hasPrefix("Linux park-a-service-pc "))
    }

    @Test("sleep ends in time; a heartbeat never does and makes up for nothing")
    func time() {
        var sleep = command("sleep 2.5")
        #expect(sleep.exitStatus == nil && sleep.nextDeadline == 2.5)
        sleep.advance(to: 2.4)
        #expect(sleep.exitStatus == nil)
        sleep.advance(to: 2.5)
        #expect(sleep.exitStatus == 0)

        var beat = command("heartbeat 0.5")
        beat.advance(to: 0)
        #expect(text(beat.takeOutput()) == "2026-06-21T11:00:00+00:00 park-a/service-pc heartbeat 1\n")
        beat.advance(to: 100)
        #expect(text(beat.takeOutput()).hasSuffix("heartbeat 2\n") && beat.nextDeadline == 100)
        beat.endInput(at: 100)
        #expect(beat.exitStatus == nil)
        beat.interrupt(signal: 15, at: 100)
        #expect(beat.exitStatus == 143)
    }

    @Test("Output that nobody takes does not grow for ever")
    func bound() {
        var beat = command("heartbeat 1")
        for second in 0..<20_000 { beat.advance(to: Double(second)) }
        #expect(beat.takeOutput().count < 300_000)
    }

    @Test("A shell without a terminal runs lines one after the other and ends with its input")
    func script() {
        var shell = ShellSession(shellFor: "service", on: host, reachedAt: address, isTerminal: false)
        type("whoami\r\nsleep 1\nhostname\nnonsense", into: &shell, at: 0)
        #expect(text(shell.takeOutput()) == "service\n")
        shell.endInput(at: 0)
        #expect(shell.exitStatus == nil)
        shell.advance(to: 1)
        #expect(text(shell.takeOutput()) == "park-a-service-pc\n")
        #expect(text(shell.takeErrors()) == "sh: nonsense: command not found\n")
        #expect(shell.exitStatus == 127 && shell.commands == 4)
    }

    @Test("A terminal echoes, takes back characters, hears Ctrl-C at once and ends on Ctrl-D")
    func terminal() {
        var shell = ShellSession(shellFor: "service", on: host, reachedAt: address, isTerminal: true)
        let prompt = "service@park-a-service-pc:~$ "
        #expect(text(shell.takeOutput()).hasSuffix("\r\n" + prompt))
        type("whoamu\u{7F}i\r", into: &shell, at: 0)
        #expect(text(shell.takeOutput()) == "whoamu\u{8} \u{8}i\r\nservice\r\n" + prompt)
        type("sleep 100\rtyped ahead", into: &shell, at: 0)
        #expect(text(shell.takeOutput()) == "sleep 100\r\n" && shell.isBusy)
        type("\u{3}", into: &shell, at: 1)
        #expect(text(shell.takeOutput()) == "^C\r\n" + prompt && !shell.isBusy)
        type("no\u{15}\u{1B}[A\u{4}", into: &shell, at: 1)
        #expect(text(shell.takeOutput()) == "no\u{8} \u{8}\u{8} \u{8}")
        #expect(shell.exitStatus == 130)
    }

    @Test("A busy shell and one whose output nobody takes ask for no more input")
    func flood() {
        var shell = ShellSession(shellFor: "service", on: host, reachedAt: address, isTerminal: false)
        type("sleep 100\n" + String(repeating: "echo\n", count: 20_000), into: &shell, at: 0)
        #expect(!shell.hasRoom)
        shell.advance(to: 100)
        #expect(shell.hasRoom && shell.commands == 20_001)
        type(String(repeating: "echo 0123456789\n", count: 100_000), into: &shell, at: 100)
        #expect(!shell.hasRoom && shell.commands < 100_000)
        var count = 0
        while !shell.hasRoom {
            count += shell.takeOutput().count
            shell.advance(to: 100)
        }
        count += shell.takeOutput().count
        #expect(count == 20_000 + 1_100_000 && shell.commands == 120_001)
    }

    @Test("A character of several bytes is taken back whole; a line has an end")
    func editing() {
        var editor = LineEditor(isTerminal: true)
        var echo: [UInt8] = []
        for byte in "aö\u{7F}b\r".utf8 {
            if let event = editor.take(byte, echo: &echo) { #expect(event == .line("ab")) }
        }
        for _ in 0..<5000 { _ = editor.take(0x61, echo: &echo) }
        let line = editor.take(0x0D, echo: &echo)
        #expect(line == .line(String(repeating: "a", count: LineEditor.lineLimitBytes)))
        let nothing = editor.take(0x0A, echo: &echo)
        #expect(nothing == nil)
    }
}
