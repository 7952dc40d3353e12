import Glibc

/// How a TCP connection stands, read without taking the error that its owner is to see.
enum TCPState {
    case established
    /// The other side said it has finished.
    case closed
    /// Ended by a reset, or given up by the kernel.
    case reset

    init(of descriptor: Int32) {
        var information = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(information.count)
        guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &information, &length) == 0 else {
            self = .closed
            return
        }
        // The first byte of struct tcp_info is the state: 1 established, 7 closed with nothing left to say.
        self =
            switch information[0] {
            case 1: .established
            case 7: .reset
            default: .closed
            }
    }
}
