import Glibc
import Synchronization

/// The virtual devices of one process, on listening descriptors that are handed to it.
///
/// All inverters are served by one thread, all data loggers by another, all service PCs by a third. A descriptor belongs to
/// the fleet from the call of `add` on, also when that throws. Every method may be called from any thread; nothing is
/// left running after `stop()`.
package final class DeviceFleet: Sendable {
    private struct Member {
        let service: any DeviceService
        let tally: DeviceTally
    }

    private struct State {
        var members: [DeviceIdentity: Member] = [:]
        var isStopped = false
        /// Calls of `add` under way, and who waits for their end: NIO allows no work on a loop that was shut down.
        var additions = 0
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    private let clock: PlantClock
    private let services: DeviceServices
    private let state = Mutex(State())

    package init(clock: PlantClock = .system) throws(DeviceFault) {
        self.clock = clock
        services = try DeviceServices(clock: clock)
    }

    /// Serves a device on a listening TCP socket; when this returns, the device accepts.
    package func add(
        _ configuration: DeviceConfiguration, as identity: DeviceIdentity, listener: Int32
    ) async throws(DeviceFault) {
        let member = Member(service: services.service(for: configuration), tally: DeviceTally())
        let refusal: DeviceFault? = state.withLock { state in
            if state.isStopped { return DeviceFault(.stopped, "the fleet was stopped") }
            if state.members[identity] != nil { return DeviceFault(.duplicate, "\(identity) is there already") }
            state.members[identity] = member
            state.additions += 1
            return nil
        }
        if let refusal {
            close(listener)
            throw refusal
        }
        defer { endAddition() }
        do {
            try await member.service.add(configuration, as: identity, listener: listener, tally: member.tally)
        } catch {
            state.withLock { _ = $0.members.removeValue(forKey: identity) }
            throw error
        }
    }

    /// Closes the device's listener and resets its connections; an unknown device is none already.
    package func remove(_ identity: DeviceIdentity) async {
        guard let member = state.withLock({ $0.members[identity] }) else { return }
        await member.service.remove(identity)
        state.withLock { _ = $0.members.removeValue(forKey: identity) }
    }

    /// What the device has seen so far; nil when there is none of that name.
    package func counters(_ identity: DeviceIdentity) -> DeviceCounters? {
        state.withLock { $0.members[identity] }?.tally.current
    }

    /// Asks the thread that serves the device, not the device's own socket; nil when there is none of that name.
    package func health(_ identity: DeviceIdentity) async -> DeviceHealth? {
        guard let member = state.withLock({ $0.members[identity] }) else { return nil }
        let isServing = await member.service.isServing(identity)
        return DeviceHealth(isServing: isServing, counters: member.tally.current)
    }

    /// The devices of the fleet, in order.
    package var identities: [DeviceIdentity] {
        state.withLock { $0.members.keys.sorted() }
    }

    /// Ends every device; when this returns, no thread and no descriptor of the fleet is left.
    package func stop() async {
        await withCheckedContinuation { done in
            let isQuiet = state.withLock { state in
                state.isStopped = true
                if state.additions > 0 { state.drained.append(done) }
                return state.additions == 0
            }
            if isQuiet { done.resume() }
        }
        await services.stop()
        state.withLock { $0.members.removeAll() }
    }

    private func endAddition() {
        let waiting = state.withLock { state in
            state.additions -= 1
            guard state.additions == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.drained = [] }
            return state.drained
        }
        for done in waiting { done.resume() }
    }
}
