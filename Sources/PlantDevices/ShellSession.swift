import Addressing
import DeviceModel

/// One program of a service PC, a command or a shell: bytes and moments in, bytes and at last a status out.
///
/// It knows nothing of SSH and owns no clock, so that it can be tested line by line.
struct ShellSession: ServiceProgram {
    private enum Job {
        case sleep(until: Double)
        case follow(intervalSeconds: Double, next: Double, number: Int)
    }

    /// Input that waits while a command runs, and output that nobody takes.
    private static let inputLimitBytes = 65_536
    private static let outputLimitBytes = 262_144

    let user: String
    let host: ServiceHost
    let address: IPv4Address?
    /// Commands that were run.
    private(set) var commands = 0
    /// Set once: the program is over.
    private(set) var exitStatus: Int32?

    private let isShell: Bool
    private var editor: LineEditor
    private var input: [UInt8] = []
    private var inputEnded = false
    private var job: Job?
    private var lastStatus: Int32 = 0
    private var output: [UInt8] = []
    private var errors: [UInt8] = []

    /// A shell, which shows a prompt when it has a terminal.
    init(shellFor user: String, on host: ServiceHost, reachedAt address: IPv4Address?, isTerminal: Bool) {
        self.init(user, host, address, isTerminal: isTerminal, isShell: true)
        if isTerminal {
            write(
                "\(host.identity.device) of plant \(host.identity.plant), a device of mirox-rig; help lists commands\n")
        }
        prompt()
    }

    /// One command.
    init(
        command: String, for user: String, on host: ServiceHost, reachedAt address: IPv4Address?, isTerminal: Bool,
        at now: Double
    ) {
        self.init(user, host, address, isTerminal: isTerminal, isShell: false)
        run(command, at: now)
    }

    private init(_ user: String, _ host: ServiceHost, _ address: IPv4Address?, isTerminal: Bool, isShell: Bool) {
        self.user = user
        self.host = host
        self.address = address
        self.isShell = isShell
        editor = LineEditor(isTerminal: isTerminal)
    }

    /// When something happens without input; on the clock of `advance`.
    var nextDeadline: Double? {
        switch job {
        case .sleep(let until): until
        case .follow(_, let next, _): next
        case nil: nil
        }
    }

    var isBusy: Bool { job != nil }

    /// Whether more input would be of use: while a command runs, or nobody takes the output, only so much is kept.
    var hasRoom: Bool { exitStatus != nil || input.count < Self.inputLimitBytes && !isChoked }

    mutating func receive(_ bytes: [UInt8], at now: Double) {
        guard exitStatus == nil else { return }
        input += bytes
        consume(at: now)
    }

    mutating func endInput(at now: Double) {
        inputEnded = true
        consume(at: now)
    }

    /// A signal, or Ctrl-C.
    mutating func interrupt(signal: Int32, at now: Double) {
        guard exitStatus == nil else { return }
        finish(128 + signal)
        consume(at: now)
    }

    mutating func advance(to now: Double) {
        switch job {
        case .sleep(let until) where until <= now:
            finish(0)
            consume(at: now)
        case .follow(let interval, let next, let number) where next <= now:
            if !isChoked { write(host.logLine(number)) }
            // What was missed is not made up for.
            job = .follow(intervalSeconds: interval, next: max(next + interval, now), number: number + 1)
        default: break
        }
        if !input.isEmpty { consume(at: now) }
    }

    var hasOutput: Bool { !output.isEmpty || !errors.isEmpty }

    mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    mutating func takeErrors() -> [UInt8] {
        defer { errors = [] }
        return errors
    }

    private var isChoked: Bool { output.count >= Self.outputLimitBytes }

    private mutating func consume(at now: Double) {
        var index = input.startIndex
        while index < input.endIndex, exitStatus == nil, !isChoked {
            // While a command runs, only a terminal's Ctrl-C is heard; the rest waits.
            if job != nil {
                guard editor.isTerminal, let key = input[index...].firstIndex(of: 0x03) else { break }
                index = key
            }
            if !isShell, !editor.isTerminal {
                index = input.endIndex
                break
            }
            let event = editor.take(input, from: &index, echo: &output)
            switch event {
            case .line(let line) where isShell: run(line, at: now)
            case .interrupt:
                if job != nil { finish(130) } else { prompt() }
            case .end where isShell: exitStatus = lastStatus
            default: break
            }
        }
        input = Array(input[index...])
        if inputEnded, input.isEmpty, isShell, job == nil, exitStatus == nil {
            if let rest = editor.takeRest() { run(rest, at: now) }
            if job == nil, exitStatus == nil { exitStatus = lastStatus }
        }
    }

    private mutating func run(_ line: String, at now: Double) {
        let isBlank = line.allSatisfy { $0 == " " || $0 == "\t" }
        if !isBlank { commands += 1 }
        switch ShellCommand.run(line, as: user, on: host, reachedAt: address) {
        case .finished(let result):
            write(result.output)
            write(result.errors, isError: true)
            finish(isBlank && isShell ? lastStatus : result.status)
        case .sleep(let seconds): job = .sleep(until: now + seconds)
        case .follow(let seconds): job = .follow(intervalSeconds: seconds, next: now, number: 1)
        case .exit(let status): exitStatus = status ?? lastStatus
        }
    }

    private mutating func finish(_ status: Int32) {
        job = nil
        lastStatus = status
        guard isShell else {
            exitStatus = status
            return
        }
        prompt()
    }

    private mutating func prompt() {
        guard isShell, editor.isTerminal else { return }
        write("\(user)@\(host.name):~$ ")
    }

    private mutating func write(_ text: String, isError: Bool = false) {
        guard editor.isTerminal else {
            if isError { errors += text.utf8 } else { output += text.utf8 }
            return
        }
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\n") { output.append(UInt8(ascii: "\r")) }
            output.append(byte)
        }
    }
}
