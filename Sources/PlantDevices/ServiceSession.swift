import Addressing
import CSSH
import DeviceModel
import Glibc

/// One SSH connection to a service PC.
///
/// libssh calls back in the middle of its own work; so every callback only takes notes, and `turn` acts on
/// them when libssh has returned. Confined to the thread that serves.
final class ServiceSession {
    private static let loginSeconds = 30.0
    private static let attemptLimit = 10
    private static let channelLimit = 10
    /// How long a client may take to hang up after its last channel is over.
    private static let graceSeconds = 30.0

    private let handle: ssh_session
    private let plan: ServiceDevicePlan
    private let callbacks: UnsafeMutablePointer<ssh_server_callbacks_struct>
    private let address: IPv4Address?
    private let accepted: Double
    let descriptor: Int32
    private var user: String?
    private var attempts = 0
    private var channels: [ServiceChannel] = []
    /// When something was last said, or was last running.
    private var active: Double
    private var isBroken = false
    private var isFresh = true

    init(_ handle: ssh_session, _ descriptor: Int32, _ plan: ServiceDevicePlan, at now: Double) {
        self.handle = handle
        self.descriptor = descriptor
        self.plan = plan
        (accepted, active) = (now, now)
        address = localAddress(of: descriptor)
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_server_callbacks_struct())
    }

    deinit { callbacks.deallocate() }

    /// Begins the key exchange; libssh goes on with it from the event loop.
    func start(on event: ssh_event) {
        callbacks.pointee.size = MemoryLayout<ssh_server_callbacks_struct>.size
        callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        callbacks.pointee.auth_none_function = { _, _, _ in Int32(SSH_AUTH_DENIED.rawValue) }
        callbacks.pointee.auth_password_function = { _, user, password, data in
            ServiceSession.from(data).login(user, password: password)
        }
        callbacks.pointee.auth_pubkey_function = { _, user, key, state, data in
            ServiceSession.from(data).login(user, key: key, state: state)
        }
        callbacks.pointee.channel_open_request_session_function = { _, data in ServiceSession.from(data).openChannel() }
        ssh_set_server_callbacks(handle, callbacks)
        ssh_set_auth_methods(handle, Int32(SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_PUBLICKEY))
        ssh_set_blocking(handle, 0)
        let result = ssh_handle_key_exchange(handle)
        isBroken = result == SSH_ERROR || ssh_event_add_session(event, handle) != SSH_OK
    }

    /// Does what is due; false when the connection is over.
    func turn(at now: Double) -> Bool {
        isFresh = false
        let isClosed = ssh_get_status(handle) & (SSH_CLOSED | SSH_CLOSED_ERROR) != 0
        if isBroken || isClosed || attempts > Self.attemptLimit { return false }
        for channel in channels {
            if channel.turn(at: now) { active = now }
        }
        channels.removeAll { channel in
            guard channel.isOver else { return false }
            channel.free()
            return true
        }
        return now < deadline
    }

    /// When `turn` must be called even if nothing arrives.
    var nextDeadline: Double {
        if isFresh || isBroken { return 0 }
        return channels.reduce(deadline) { min($0, $1.nextDeadline ?? $0) }
    }

    /// Frees everything; the client sees a reset.
    func end(on event: ssh_event) {
        ssh_event_remove_session(event, handle)
        // libssh closes the socket itself when it breaks; its number may be another connection's by now.
        let descriptor = ssh_get_fd(handle)
        if descriptor >= 0 {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        }
        // Channels belong to the session, which frees them.
        ssh_free(handle)
    }

    private var deadline: Double {
        if user == nil { return accepted + Self.loginSeconds }
        if channels.contains(where: \.isBusy) { return .infinity }
        let hasChannel = channels.contains { !$0.isFinished }
        return active + (hasChannel ? Double(plan.configuration.idleLimitSeconds) : Self.graceSeconds)
    }
}

/// Callbacks.
extension ServiceSession {
    private static func from(_ data: UnsafeMutableRawPointer?) -> ServiceSession {
        guard let data else { preconditionFailure("libssh lost the user data that it was given") }
        return Unmanaged<ServiceSession>.fromOpaque(data).takeUnretainedValue()
    }

    private func login(_ user: UnsafePointer<CChar>?, password: UnsafePointer<CChar>?) -> Int32 {
        guard let user, let password else { return refuse() }
        let name = String(cString: user)
        if plan.record.faults.current.refusesLogin { return refuse() }
        return plan.accounts.accepts(password: String(cString: password), of: name) ? admit(name) : refuse()
    }

    /// Called twice for a key: when the client offers it, and again with a signature that libssh has verified.
    private func login(_ user: UnsafePointer<CChar>?, key: OpaquePointer?, state: CChar) -> Int32 {
        var text: UnsafeMutablePointer<CChar>?
        if plan.record.faults.current.refusesLogin { return refuse() }
        guard let user, ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else { return refuse() }
        defer { ssh_string_free_char(text) }
        let name = String(cString: user)
        guard plan.accounts.accepts(key: String(cString: text), of: name) else { return refuse() }
        switch Int32(state) {
        case Int32(SSH_PUBLICKEY_STATE_NONE.rawValue): return Int32(SSH_AUTH_SUCCESS.rawValue)
        case Int32(SSH_PUBLICKEY_STATE_VALID.rawValue): return admit(name)
        default: return refuse()
        }
    }

    private func admit(_ name: String) -> Int32 {
        user = name
        active = monotonicSeconds()
        return Int32(SSH_AUTH_SUCCESS.rawValue)
    }

    private func refuse() -> Int32 {
        attempts += 1
        plan.tally.count { $0.refusals += 1 }
        return Int32(SSH_AUTH_DENIED.rawValue)
    }

    private func openChannel() -> ssh_channel? {
        guard let user, channels.count < Self.channelLimit, let channel = ssh_channel_new(handle) else { return nil }
        channels.append(
            ServiceChannel(channel, on: handle, user: user, host: plan.host, address: address, tally: plan.tally))
        return channel
    }
}

/// The address that the peer of a connection used; nil when it is not IPv4.
private func localAddress(of descriptor: Int32) -> IPv4Address? {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    guard result == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
    return IPv4Address(number: UInt32(bigEndian: address.sin_addr.s_addr))
}
