import CSSH
import DeviceModel
import Glibc

/// All service PCs of a fleet, on one thread.
final class ServiceServer: DeviceService {
    private let clock: PlantClock
    private let service: ThreadService<ServiceDevicePlan>

    init(clock: PlantClock) throws(DeviceProblem) {
        self.clock = clock
        let parts = try ServiceLoop.Parts()
        service = try ThreadService { ServiceLoop(parts, $0).run() }
    }

    func add(
        _ configuration: DeviceConfiguration, for record: DeviceRecord, listener: Int32
    ) async throws(DeviceProblem) {
        let plan: ServiceDevicePlan
        do {
            plan = try self.plan(configuration, record, listener)
        } catch {
            close(listener)
            throw error
        }
        try await service.add(plan)
    }

    func remove(_ identity: DeviceIdentity) async { await service.remove(identity) }

    func isServing(_ identity: DeviceIdentity) async -> Bool { await service.isServing(identity) }

    func obeyFaults(_ identity: DeviceIdentity) async { await service.obeyFaults(identity) }

    func stop() async { service.stop() }

    private func plan(
        _ configuration: DeviceConfiguration, _ record: DeviceRecord, _ listener: Int32
    ) throws(DeviceProblem) -> ServiceDevicePlan {
        let identity = record.identity
        guard case .servicePC(let service) = configuration else {
            throw DeviceProblem(.configuration, "\(identity) is no service PC")
        }
        try identity.check()
        guard service.sessionLimit > 0, service.idleLimitSeconds > 0 else {
            throw DeviceProblem(.configuration, "limits are greater than zero")
        }
        guard isListening(listener) else { throw DeviceProblem(.system, "\(identity): not a listening socket") }
        let host = ServiceHost(
            identity: identity, network: service.network, clock: clock, startedSeconds: monotonicSeconds(),
            users: service.users.map(\.name))
        return ServiceDevicePlan(
            record: record, configuration: service, listener: listener, host: host,
            hostKey: try ServiceHostKey(seed: service.hostKeySeed), accounts: try ServiceAccounts(service.users))
    }
}

struct ServiceDevicePlan: DevicePlan {
    let record: DeviceRecord
    let configuration: ServicePCConfiguration
    let listener: Int32
    let host: ServiceHost
    let hostKey: ServiceHostKey
    let accounts: ServiceAccounts

    var identity: DeviceIdentity { record.identity }
    var tally: DeviceTally { record.tally }
}

/// Who may log in to a service PC, and how.
struct ServiceAccounts: Sendable {
    private struct Account {
        var password: String?
        var publicKeys: Set<String>
    }

    private var accounts: [String: Account] = [:]

    init(_ users: [ServicePCConfiguration.User]) throws(DeviceProblem) {
        for user in users {
            guard !user.name.isEmpty, accounts[user.name] == nil else {
                throw DeviceProblem(.configuration, "'\(user.name)' is no name of a user, or there twice")
            }
            var keys: Set<String> = []
            for line in user.publicKeys {
                let words = line.split(separator: " ")
                guard words.count >= 2, Self.isKey(type: String(words[0]), text: String(words[1])) else {
                    throw DeviceProblem(.configuration, "'\(line)' is no public key: TYPE BASE64 COMMENT")
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
