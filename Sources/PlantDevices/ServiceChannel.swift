import Addressing
import CSSH

/// One channel of an SSH connection and the program that runs on it.
///
/// Callbacks take notes; `turn` starts programs, writes and closes. Confined to the thread that serves.
final class ServiceChannel {
    private enum Note {
        case shell
        case exec(String)
        case bytes([UInt8])
        case end
        case signal(Int32)
    }

    /// Notes that a client can make us take between two turns.
    private static let noteLimitBytes = 1_048_576

    private let handle: ssh_channel
    private let session: ssh_session
    private let user: String
    private let host: ServiceHost
    private let address: IPv4Address?
    private let tally: DeviceTally
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var notes: [Note] = []
    private var noteBytes = 0
    private var isTerminal = false
    private var program: ShellSession?
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
        notes.isEmpty && !(isClosedByPeer && !isFinished) ? program?.nextDeadline : 0
    }

    func free() {
        ssh_remove_channel_callbacks(handle, callbacks)
        ssh_channel_free(handle)
    }

    /// Acts on the notes; true when there were any.
    func turn(at now: Double) -> Bool {
        let notes = notes
        self.notes = []
        noteBytes = 0
        guard !isFinished else { return !notes.isEmpty }
        for note in notes { act(on: note, at: now) }
        program?.advance(to: now)
        if let commands = program?.commands, commands > counted {
            tally.count { $0.requests += commands - counted }
            counted = commands
        }
        deliver()
        return !notes.isEmpty
    }

    private func act(on note: Note, at now: Double) {
        switch note {
        case .shell:
            guard program == nil else { return }
            program = ShellSession(shellFor: user, on: host, reachedAt: address, isTerminal: isTerminal)
        case .exec(let command):
            guard program == nil else { return }
            program = ShellSession(
                command: command, for: user, on: host, reachedAt: address, isTerminal: isTerminal, at: now)
        case .bytes(let bytes): if program?.receive(bytes, at: now) == false { finish(status: 1) }
        case .end: program?.endInput(at: now)
        case .signal(let number): program?.interrupt(signal: number, at: now)
        }
    }

    /// Writes as much as the client takes, and closes when all is written and the program is over.
    private func deliver() {
        if isClosedByPeer { return finish(status: nil) }
        if output.isEmpty { output = program?.takeOutput() ?? [] }
        if errors.isEmpty { errors = program?.takeErrors() ?? [] }
        guard write(&output, isError: false), write(&errors, isError: true) else { return finish(status: nil) }
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
            ServiceChannel.from(data).note(.shell)
            return 0
        }
        callbacks.pointee.channel_exec_request_function = { _, _, command, data in
            guard let command else { return 1 }
            ServiceChannel.from(data).note(.exec(String(cString: command)))
            return 0
        }
        callbacks.pointee.channel_env_request_function = { _, _, _, _, _ in 1 }
        callbacks.pointee.channel_subsystem_request_function = { _, _, _, _ in 1 }
        callbacks.pointee.channel_data_function = { _, _, bytes, count, isError, data in
            guard let bytes else { return 0 }
            let taken = UnsafeRawBufferPointer(start: bytes, count: Int(count))
            ServiceChannel.from(data).note(.bytes(Array(taken)))
            return Int32(count)
        }
        callbacks.pointee.channel_eof_function = { _, _, data in ServiceChannel.from(data).note(.end) }
        callbacks.pointee.channel_close_function = { _, _, data in ServiceChannel.from(data).isClosedByPeer = true }
        callbacks.pointee.channel_signal_function = { _, _, name, data in
            guard let name, let number = ServiceChannel.signals[String(cString: name)] else { return }
            ServiceChannel.from(data).note(.signal(Int32(number)))
        }
        ssh_set_channel_callbacks(handle, callbacks)
    }

    private static func from(_ data: UnsafeMutableRawPointer?) -> ServiceChannel {
        guard let data else { preconditionFailure("libssh lost the user data that it was given") }
        return Unmanaged<ServiceChannel>.fromOpaque(data).takeUnretainedValue()
    }

    private func note(_ note: Note) {
        if case .bytes(let bytes) = note {
            noteBytes += bytes.count
            guard noteBytes <= Self.noteLimitBytes, !isFinished else { return }
        }
        notes.append(note)
    }
}
