import CSSH
import Glibc

/// All service PCs of a fleet, on one thread.
final class ServiceServer: DeviceService {
    private let clock: PlantClock
    private let service: ThreadService<ServiceDevicePlan>

    init(clock: PlantClock) throws(DeviceFault) {
        self.clock = clock
        let parts = try ServiceLoop.Parts()
        service = try ThreadService { ServiceLoop(parts, $0).run() }
    }

    func add(
        _ configuration: DeviceConfiguration, as identity: DeviceIdentity, listener: Int32, tally: DeviceTally
    ) async throws(DeviceFault) {
        let plan: ServiceDevicePlan
        do {
            plan = try self.plan(configuration, identity, listener, tally)
        } catch {
            close(listener)
            throw error
        }
        try await service.add(plan)
    }

    func remove(_ identity: DeviceIdentity) async { await service.remove(identity) }

    func isServing(_ identity: DeviceIdentity) async -> Bool { await service.isServing(identity) }

    func stop() async { service.stop() }

    private func plan(
        _ configuration: DeviceConfiguration, _ identity: DeviceIdentity, _ listener: Int32, _ tally: DeviceTally
    ) throws(DeviceFault) -> ServiceDevicePlan {
        guard case .servicePC(let service) = configuration else {
            throw DeviceFault(.configuration, "\(identity) is no service PC")
        }
        try identity.check()
        guard service.sessionLimit > 0, service.idleLimitSeconds > 0 else {
            throw DeviceFault(.configuration, "limits are greater than zero")
        }
        guard isListening(listener) else { throw DeviceFault(.system, "\(identity): not a listening socket") }
        let host = ServiceHost(
            identity: identity, network: service.network, clock: clock, startedSeconds: monotonicSeconds())
        return ServiceDevicePlan(
            identity: identity, configuration: service, listener: listener, tally: tally, host: host,
            hostKey: try ServiceHostKey(seed: service.hostKeySeed), accounts: try ServiceAccounts(service.users))
    }
}

struct ServiceDevicePlan: DevicePlan {
    let identity: DeviceIdentity
    let configuration: ServicePCConfiguration
    let listener: Int32
    let tally: DeviceTally
    let host: ServiceHost
    let hostKey: ServiceHostKey
    let accounts: ServiceAccounts
}

/// Who may log in to a service PC, and how.
struct ServiceAccounts: Sendable {
    private struct Account {
        var password: String?
        var publicKeys: Set<String>
    }

    private var accounts: [String: Account] = [:]

    init(_ users: [ServicePCConfiguration.User]) throws(DeviceFault) {
        for user in users {
            guard !user.name.isEmpty, accounts[user.name] == nil else {
                throw DeviceFault(.configuration, "'\(user.name)' is no name of a user, or there twice")
            }
            var keys: Set<String> = []
            for line in user.publicKeys {
                let words = line.split(separator: " ")
                guard words.count >= 2, Self.isKey(type: String(words[0]), text: String(words[1])) else {
                    throw DeviceFault(.configuration, "'\(line)' is no public key: TYPE BASE64 COMMENT")
                }
                keys.insert(String(words[1]))
            }
            accounts[user.name] = Account(password: user.password, publicKeys: keys)
        }
    }

    func accepts(password: String, of user: String) -> Bool {
        accounts[user]?.password == password
    }

    /// The key is given as the base64 text of its public half.
    func accepts(key: String, of user: String) -> Bool {
        accounts[user]?.publicKeys.contains(key) ?? false
    }

    private static func isKey(type: String, text: String) -> Bool {
        var key: ssh_key?
        guard ssh_pki_import_pubkey_base64(text, ssh_key_type_from_name(type), &key) == SSH_OK else { return false }
        ssh_key_free(key)
        return true
    }
}
