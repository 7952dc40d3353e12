import CSSH
import DeviceModel

/// What libssh must know of a device before it takes a connection for it; confined to the thread that serves.
final class ServiceBinding {
    /// No key exchange, cipher or code that an auditor objects to.
    ///
    /// ChaCha20 stays because dropbear's client has nothing else of these.
    private static let algorithms: [(ssh_bind_options_e, String)] = [
        (
            SSH_BIND_OPTIONS_KEY_EXCHANGE,
            "curve25519-sha256,curve25519-sha256@libssh.org,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512"
        ),
        (SSH_BIND_OPTIONS_CIPHERS_C_S, ciphers), (SSH_BIND_OPTIONS_CIPHERS_S_C, ciphers),
        (SSH_BIND_OPTIONS_HMAC_C_S, codes), (SSH_BIND_OPTIONS_HMAC_S_C, codes),
        (SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, "ssh-ed25519"),
    ]
    private static let ciphers =
        "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr"
    private static let codes = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com"

    private let bind: ssh_bind

    init(_ plan: ServiceDevicePlan) throws(DeviceProblem) {
        guard let bind = ssh_bind_new() else { throw DeviceProblem(.system, "libssh has no memory") }
        self.bind = bind
        // Otherwise every connection would read the machine's own server configuration.
        var processesConfiguration = false
        try Self.check(ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &processesConfiguration))
        // The binding owns the key from here on.
        let key = try plan.hostKey.makeKey()
        try Self.check(ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, UnsafeRawPointer(key)))
        for (option, value) in Self.algorithms { try Self.check(ssh_bind_options_set(bind, option, value)) }
        try Self.check(ssh_bind_options_set(bind, SSH_BIND_OPTIONS_BANNER, Self.version(plan.identity)))
    }

    deinit { ssh_bind_free(bind) }

    /// A session on an accepted connection, whose descriptor is libssh's from here on; nil when libssh refuses.
    func session(on descriptor: Int32) -> ssh_session? {
        guard let session = ssh_new() else { return nil }
        guard ssh_bind_accept_fd(bind, session, descriptor) == SSH_OK else {
            ssh_free(session)
            return nil
        }
        return session
    }

    /// The software version, in which neither a space nor a minus sign may stand.
    static func version(_ identity: DeviceIdentity) -> String {
        String("MiroxRig_\(identity)".map { $0 == "-" || $0 == " " ? "_" : $0 })
    }

    private static func check(_ result: Int32) throws(DeviceProblem) {
        guard result == SSH_OK else { throw DeviceProblem(.system, "libssh does not take an option") }
    }
}
