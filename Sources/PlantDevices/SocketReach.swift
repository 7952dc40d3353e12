import Addressing
import CLinux
import DeviceModel
import Glibc

/// Who gets through to a device's socket.
enum SocketReach: Hashable, Sendable {
    case open
    /// Callers are told that nobody is there.
    case refusing
    /// What callers send is lost.
    case silent
    /// Only callers in the device's own network; what others send is lost.
    case only(Prefix)

    init(_ fault: DeviceFault, lan: Prefix?) {
        switch fault.off {
        case .refusing: self = .refusing
        case .silent: self = .silent
        case nil: self = fault.hasWrongGateway ? .only(lan ?? Prefix(around: .init(number: 0), length: 32)) : .open
        }
    }

    /// Filters what comes to a socket; `refusing` is for the owner of a listener to see to.
    func filter(_ descriptor: Int32) {
        switch self {
        case .open, .refusing: _ = clinux_socket_take_all(descriptor)
        case .silent: _ = clinux_socket_drop_all(descriptor)
        case .only(let lan):
            let mask = lan.length == 0 ? 0 : UInt32.max << UInt32(32 - lan.length)
            _ = clinux_socket_only_from(descriptor, lan.address.number, mask)
        }
    }

    /// A listener that refuses: its socket stays bound, and `listen` brings it back.
    static func stopListening(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_RD)) }

    static func listenAgain(_ descriptor: Int32) { listen(descriptor, 128) }
}
