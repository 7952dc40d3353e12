import Glibc

/// Accepts connections without ever spinning on a listener that cannot be served.
///
/// When the process has no descriptor left, a spare one is given up for as long as it takes to accept a
/// connection and reset it: otherwise the listener would stay ready for ever. Confined to one thread.
final class Acceptor {
    enum Result {
        case connection(Int32)
        /// Somebody was turned away because descriptors have run out.
        case exhausted
        case nobody
    }

    private var spare: Int32

    init() { spare = Self.openSpare() }

    deinit { if spare >= 0 { close(spare) } }

    func accept(from listener: Int32) -> Result {
        let descriptor = Glibc.accept(listener, nil, nil)
        if descriptor >= 0 {
            prepare(descriptor)
            return .connection(descriptor)
        }
        guard errno == EMFILE || errno == ENFILE, spare >= 0 else { return .nobody }
        close(spare)
        let victim = Glibc.accept(listener, nil, nil)
        if victim >= 0 { reset(victim) }
        spare = Self.openSpare()
        return victim >= 0 ? .exhausted : .nobody
    }

    private func prepare(_ descriptor: Int32) {
        makeNonBlocking(descriptor)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        // A peer that vanished without a word gives its slot back in about two minutes.
        setOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 60)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 15)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 4)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 120_000)
    }

    private static func openSpare() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }
}

/// Closes a connection at once: the peer gets a reset.
func reset(_ descriptor: Int32) {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    close(descriptor)
}

func makeNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}

func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout.size(ofValue: value)))
}

/// Whether that is a listening stream socket.
func isListening(_ descriptor: Int32) -> Bool {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout.size(ofValue: value))
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1
}
