import Addressing
import CSSH
import DeviceModel

/// One channel of an SSH connection and the program that runs on it.
///
/// Callbacks take notes; `turn` starts programs, writes and closes. Confined to the thread that serves.
final class ServiceChannel {
    private enum Note {
        case shell
        case exec(String)
        case files
        case signal(Int32)
    }

    /// Input that is kept here; what is more stays with libssh, which then opens the client's window no further.
    private static let inputLimitBytes = 65_536
    /// A turn ends after so many portions; others are to have theirs.
    private static let portionsPerTurn = 8

    private let handle: ssh_channel
    private let session: ssh_session
    private let user: String
    private let host: ServiceHost
    private let address: IPv4Address?
    private let tally: DeviceTally
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var notes: [Note] = []
    private var input: [UInt8] = []
    /// libssh holds input that there was no room for.
    private var hasHeldBack = false
    private var hasEnded = false
    private var wasEndTold = false
    private var isTerminal = false
    private var program: (any ServiceProgram)?
    private var counted = 0
    private var output: [UInt8] = []
    private var errors: [UInt8] = []
    /// Status, end and close were sent.
    private(set) var isFinished = false
    private var isClosedByPeer = false

    init(
        _ handle: ssh_channel, on session: ssh_session, user: String, host: ServiceHost, address: IPv4Address?,
        tally: DeviceTally
    ) {
        self.handle = handle
        self.session = session
        self.user = user
        self.host = host
        self.address = address
        self.tally = tally
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_channel_callbacks_struct())
        listen()
    }

    deinit { callbacks.deallocate() }

    /// Both sides have closed: the channel can be freed while its session lives on.
    var isOver: Bool { isFinished && isClosedByPeer }

    /// Something runs that needs no input to be alive.
    var isBusy: Bool { !isFinished && (program?.isBusy ?? false) }

    /// When `turn` must be called even if nothing arrives.
    var nextDeadline: Double? {
        guard !isFinished else { return nil }
        return isClosedByPeer || !notes.isEmpty || canFeed ? 0 : program?.nextDeadline
    }

    func free() {
        ssh_remove_channel_callbacks(handle, callbacks)
        ssh_channel_free(handle)
    }

    /// Acts on the notes; true when there was something.
    func turn(at now: Double) -> Bool {
        guard !isFinished else { return false }
        let notes = notes
        self.notes = []
        for note in notes { act(on: note, at: now) }
        var wasFed = false
        for _ in 0..<Self.portionsPerTurn {
            let isFed = feed(at: now)
            wasFed = wasFed || isFed
            program?.advance(to: now)
            count()
            deliver()
            guard isFed, !isFinished else { break }
        }
        return wasFed || !notes.isEmpty
    }

    private func count() {
        guard let commands = program?.commands, commands > counted else { return }
        tally.count { $0.requests += commands - counted }
        counted = commands
    }

    private var canFeed: Bool {
        guard let program, program.hasRoom else { return false }
        return !input.isEmpty || hasHeldBack || hasEnded && !wasEndTold
    }

    /// Gives the program what the client sent; false when there is nothing, or no room for it.
    private func feed(at now: Double) -> Bool {
        guard canFeed else { return false }
        if !input.isEmpty {
            program?.receive(input, at: now)
            input = []
        } else if hasHeldBack {
            fetch()
        } else {
            wasEndTold = true
            program?.endInput(at: now)
        }
        return true
    }

    /// Takes over what libssh held back.
    private func fetch() {
        var count: Int32 = 0
        input = [UInt8](unsafeUninitializedCapacity: Self.inputLimitBytes) { buffer, initialized in
            count = ssh_channel_read_nonblocking(handle, buffer.baseAddress, UInt32(buffer.count), 0)
            initialized = max(0, Int(count))
        }
        hasHeldBack = count > 0
    }

    private func act(on note: Note, at now: Double) {
        switch note {
        case .shell:
            guard program == nil else { return }
            program = ShellSession(shellFor: user, on: host, reachedAt: address, isTerminal: isTerminal)
        case .exec(let command):
            guard program == nil else { return }
            let words = ShellCommand.words(command) ?? []
            if let copy = SCPSession(words, for: user, on: host.files) {
                program = copy
                return
            }
            program = ShellSession(
                command: command, for: user, on: host, reachedAt: address, isTerminal: isTerminal, at: now)
        case .files:
            guard program == nil else { return }
            program = SFTPSession(for: user, on: host.files)
        case .signal(let number): program?.interrupt(signal: number, at: now)
        }
    }

    /// Writes as much as the client takes, and closes when all is written and the program is over.
    private func deliver() {
        if isClosedByPeer { return finish(status: nil) }
        repeat {
            if output.isEmpty { output = program?.takeOutput() ?? [] }
            if errors.isEmpty { errors = program?.takeErrors() ?? [] }
            guard write(&output, isError: false), write(&errors, isError: true) else { return finish(status: nil) }
        } while output.isEmpty && errors.isEmpty && program?.hasOutput ?? false
        if let status = program?.exitStatus, output.isEmpty, errors.isEmpty { finish(status: status) }
    }

    /// False when the channel is broken.
    private func write(_ bytes: inout [UInt8], isError: Bool) -> Bool {
        while !bytes.isEmpty {
            // What the socket has not taken yet comes first: the rest waits here, where it is bounded.
            guard ssh_get_poll_flags(session) & SSH_WRITE_PENDING == 0 else { return true }
            let room = min(ssh_channel_window_size(handle), UInt32(bytes.count))
            guard room > 0 else { return true }
            let written = bytes.withUnsafeBytes {
                isError
                    ? ssh_channel_write_stderr(handle, $0.baseAddress, room)
                    : ssh_channel_write(handle, $0.baseAddress, room)
            }
            guard written >= 0 else { return false }
            guard written > 0 else { return true }
            bytes.removeFirst(Int(written))
        }
        return true
    }

    private func finish(status: Int32?) {
        guard !isFinished else { return }
        isFinished = true
        if let status { ssh_channel_request_send_exit_status(handle, status) }
        ssh_channel_send_eof(handle)
        ssh_channel_close(handle)
        program = nil
        (output, errors) = ([], [])
    }
}

/// Callbacks.
extension ServiceChannel {
    private static let signals = ["HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "TERM": 15]

    private func listen() {
        callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        callbacks.pointee.channel_pty_request_function = { _, _, _, _, _, _, _, data in
            ServiceChannel.from(data).isTerminal = true
            return 0
        }
        callbacks.pointee.channel_pty_window_change_function = { _, _, _, _, _, _, _ in 0 }
        callbacks.pointee.channel_shell_request_function = { _, _, data in
            ServiceChannel.from(data).notes.append(.shell)
            return 0
        }
        callbacks.pointee.channel_exec_request_function = { _, _, command, data in
            guard let command else { return 1 }
            ServiceChannel.from(data).notes.append(.exec(String(cString: command)))
            return 0
        }
        callbacks.pointee.channel_env_request_function = { _, _, _, _, _ in 1 }
        callbacks.pointee.channel_subsystem_request_function = { _, _, name, data in
            guard let name, String(cString: name) == "sftp" else { return 1 }
            ServiceChannel.from(data).notes.append(.files)
            return 0
        }
        callbacks.pointee.channel_data_function = { _, _, bytes, count, _, data in
            guard let bytes else { return 0 }
            return ServiceChannel.from(data).take(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        }
        callbacks.pointee.channel_eof_function = { _, _, data in ServiceChannel.from(data).hasEnded = true }
        callbacks.pointee.channel_close_function = { _, _, data in ServiceChannel.from(data).isClosedByPeer = true }
        callbacks.pointee.channel_signal_function = { _, _, name, data in
            guard let name, let number = ServiceChannel.signals[String(cString: name)] else { return }
            ServiceChannel.from(data).notes.append(.signal(Int32(number)))
        }
        ssh_set_channel_callbacks(handle, callbacks)
    }

    private static func from(_ data: UnsafeMutableRawPointer?) -> ServiceChannel {
        guard let data else { preconditionFailure("libssh lost the user data that it was given") }
        return Unmanaged<ServiceChannel>.fromOpaque(data).takeUnretainedValue()
    }

    /// Takes what there is room for and says how much that was.
    private func take(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        // After the end nobody reads; what a client still sends is taken off its hands.
        if isFinished { return Int32(bytes.count) }
        let room = hasHeldBack ? 0 : Self.inputLimitBytes - input.count
        let taken = bytes.prefix(room)
        input += taken
        hasHeldBack = hasHeldBack || taken.count < bytes.count
        return Int32(taken.count)
    }
}
