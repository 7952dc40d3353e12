package import Addressing
package import DeviceModel
import Glibc
import Synchronization

/// The virtual devices of one process, on listening descriptors that are handed to it.
///
/// Few threads serve them all: one the Modbus devices, one the data loggers, one the service PCs, one the switches. A
/// descriptor belongs to the fleet from the call of `add` on, also when that throws. Every method may be called from any
/// thread; nothing is left running after `stop()`.
package final class DeviceFleet: Sendable {
    private struct Member {
        let service: any DeviceService
        let record: DeviceRecord
        var board = FaultBoard()
    }

    private struct State {
        var members: [DeviceIdentity: Member] = [:]
        var isStopped = false
        /// Calls of `add` under way, and who waits for their end: NIO allows no work on a loop that was shut down.
        var additions = 0
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    private let time: PlantTime
    private let services: DeviceServices
    private let state = Mutex(State())

    /// - Parameter clock: what the devices live by; `change` moves only one that nobody else gave.
    package init(clock: PlantClock? = nil) throws(DeviceProblem) {
        let time = PlantTime()
        self.time = time
        services = try DeviceServices(clock: clock ?? time.clock)
    }

    /// Moves the time of all devices.
    package func change(_ clock: PlantClockChange) { time.change(clock) }

    /// Serves a device on its socket; when this returns, the device answers.
    ///
    /// - Parameter lan: the network that it reaches without a gateway.
    package func add(
        _ configuration: DeviceConfiguration, as identity: DeviceIdentity, listener: Int32, lan: Prefix? = nil
    ) async throws(DeviceProblem) {
        let member = Member(
            service: services.service(for: configuration), record: DeviceRecord(identity: identity, lan: lan))
        let refusal: DeviceProblem? = state.withLock { state in
            if state.isStopped { return DeviceProblem(.stopped, "the fleet was stopped") }
            if state.members[identity] != nil { return DeviceProblem(.duplicate, "\(identity) is there already") }
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
            try await member.service.add(configuration, for: member.record, listener: listener)
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
        state.withLock { $0.members[identity] }?.record.tally.current
    }

    /// Asks the thread that serves the device, not the device's own socket; nil when there is none of that name.
    package func health(_ identity: DeviceIdentity) async -> DeviceHealth? {
        guard let member = state.withLock({ $0.members[identity] }) else { return nil }
        let isServing = await member.service.isServing(identity)
        return DeviceHealth(
            isServing: isServing, counters: member.record.tally.current,
            acWatts: services.inverters.acWatts(of: identity))
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

/// What goes wrong on purpose.
extension DeviceFleet {
    /// Makes something wrong with a device until it is mended; what is wrong already stays.
    ///
    /// - Returns: false when there is no such device.
    package func spoil(_ identity: DeviceIdentity, with fault: DeviceFault, id: String) async -> Bool {
        guard await change(identity, { $0.set(fault, id: id) }) else { return false }
        if let seconds = fault.rebootSeconds {
            Task { [weak self] in
                try await Task.sleep(for: .milliseconds(Int64(seconds * 1000)))
                await self?.endReboot(of: identity, id: id)
            }
        }
        return true
    }

    /// Puts right what goes by that name, at whichever devices.
    package func mend(_ id: String) async {
        let spoilt = state.withLock { $0.members.filter { $0.value.board.contains(id) }.map(\.key) }
        for identity in spoilt { _ = await change(identity) { $0.remove(id) } }
    }

    private func endReboot(of identity: DeviceIdentity, id: String) async {
        let isOver = state.withLock { !($0.members[identity]?.board.contains(id) ?? false) }
        if isOver { return }
        services.inverters.restart(identity)
        _ = await change(identity) { $0.endReboot(id) }
    }

    private func change(_ identity: DeviceIdentity, _ change: (inout FaultBoard) -> Void) async -> Bool {
        let member = state.withLock { state -> Member? in
            guard var member = state.members[identity] else { return nil }
            change(&member.board)
            state.members[identity] = member
            member.record.faults.set(member.board.whole)
            return member
        }
        guard let member else { return false }
        await member.service.obeyFaults(identity)
        return true
    }
}
