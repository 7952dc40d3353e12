import AccessModel
import Addressing
import ControlProtocol
import DeviceModel
import LabProtocol
import LinkModel
import LinuxFabric
import ScenarioModel
import Timebase

/// Something that goes wrong on purpose until it is healed.
struct InjectedFault: Sendable {
    var id: FaultID
    var kind: Action.Fault.Kind
    /// What makes it come and go.
    var cycle: Task<Void, any Error>?

    /// Whether packets are lost or late because of it.
    var isOnLinks: Bool {
        if case .link(let link) = kind { return link.touchesTunnel }
        return false
    }
}

/// What the rig itself makes go wrong, and puts right again.
extension LiveWorld {
    func inject(_ fault: Action.Fault) async throws {
        let id = fault.id ?? freshName(of: fault.kind)
        if case .restart(let role) = fault.kind {
            try await kill(role)
            return try await bringBack(role)
        }
        faults.append(InjectedFault(id: id, kind: fault.kind))
        try keep(fault, as: id)
        try await apply(fault.kind, id: id)
        guard let cycle = fault.cycle, let index = faults.firstIndex(where: { $0.id == id }) else { return }
        faults[index].cycle = Task { [weak self] in
            while true {
                try await Task.sleep(for: cycle.lasts)
                try await self?.turn(fault, id: id, isOn: false)
                try await Task.sleep(for: cycle.every - cycle.lasts)
                try await self?.turn(fault, id: id, isOn: true)
            }
        }
    }

    /// Whether the control plane can be asked something.
    var isControlPlaneThere: Bool {
        !faults.contains { $0.kind == .kill(.controlPlane) || $0.kind == .pause(.controlPlane) }
    }

    /// - Parameter id: `nil` heals everything.
    func heal(_ id: FaultID?) async throws {
        for fault in faults where id == nil || fault.id == id {
            faults.removeAll { $0.id == fault.id }
            try forget(fault.id)
            if let cycle = fault.cycle {
                cycle.cancel()
                // A turn that is being taken comes before the healing, not behind it.
                _ = try? await cycle.value
            }
            try await lift(fault.kind, id: fault.id)
        }
    }

    /// A kept lab has its faults again in its next life.
    private func keep(_ fault: Action.Fault, as id: FaultID) throws {
        var named = fault
        named.id = id
        keptFaults.removeAll { $0.id == id }
        keptFaults.append(named)
        try kept?.save(keptFaults)
    }

    private func forget(_ id: FaultID) throws {
        keptFaults.removeAll { $0.id == id }
        try kept?.save(keptFaults)
    }

    private func turn(_ fault: Action.Fault, id: FaultID, isOn: Bool) async throws {
        // Healed meanwhile.
        guard faults.contains(where: { $0.id == id }) else { return }
        if isOn { try await apply(fault.kind, id: id) } else { try await lift(fault.kind, id: id) }
        reports.change("rig", .note, "\(fault.sentence): \(isOn ? "there" : "gone")")
    }

    private func apply(_ kind: Action.Fault.Kind, id: FaultID) async throws {
        switch kind {
        case .link(let link): try await impair(link, id: id)
        case .kill(let role): try await kill(role)
        case .pause(let role): try hold(role, isPaused: true)
        case .device(let device):
            let (plant, name) = (device.reference.plant, device.reference.device)
            _ = try await ask(.spoil(plant, device: name, device.fault, id: id.text))
        case .message(let message):
            try await api.send(.post, "/api/v1/sync/faults", bearer: secrets.labToken, body: SyncFault(message))
        case .restart: break
        }
    }

    private func lift(_ kind: Action.Fault.Kind, id: FaultID) async throws {
        switch kind {
        case .link: try await repair(id)
        case .kill(let role): try await bringBack(role)
        case .pause(let role): try hold(role, isPaused: false)
        case .device: _ = try await ask(.mend(id: id.text))
        case .message: try await api.send(.delete, "/api/v1/sync/faults", bearer: secrets.labToken)
        case .restart: break
        }
    }

    /// What a fault is called that the scenario gave no name: each its own, so that several on one way add up.
    private func freshName(of kind: Action.Fault.Kind) -> FaultID {
        unnamedFaults += 1
        return FaultID("\(kind.name)#\(unnamedFaults)")
    }

    /// Each process impairs what it sends: plants and laptops on the way up, the gateway on the way down.
    ///
    /// What goes over the kernel's own TCP is cut where it leaves.
    private func impair(_ link: Action.Fault.Link, id: FaultID) async throws {
        let ends = try addresses(of: link.end)
        if link.cutsHTTP { try cut(link, of: ends, id: id) }
        guard link.touchesTunnel else { return }
        var selectors: [LinkSelector] = []
        for address in ends {
            if link.direction != .down { selectors.append(LinkSelector(from: address)) }
            if link.direction != .up { selectors.append(LinkSelector(to: address)) }
        }
        let named = NamedLinkFault(id: id.text, links: selectors, fault: LinkFault(link))
        _ = try await ask(PlantsConversation.Verb.impair(named))
        _ = try await ask(LaptopsConversation.Verb.impair(named))
        _ = try await ask(GatewayConversation.Verb.impair(named))
    }

    /// Drops what goes between an address and the control plane's.
    private func cut(_ link: Action.Fault.Link, of ends: [IPv4Address], id: FaultID) throws {
        let far = LabLayout.controlPlane.address
        var ways: Set<AddressWay> = []
        for end in ends {
            if link.direction != .down { ways.insert(AddressWay(from: end, to: far)) }
            if link.direction != .up { ways.insert(AddressWay(from: far, to: end)) }
        }
        cutWays[id] = ways
        try dropCutWays()
    }

    private func dropCutWays() throws {
        let internet = NetworkNamespace(existingAt: LabLayout.path(of: "internet"))
        try internet.drop(cutWays.values.reduce(into: []) { $0.formUnion($1) })
    }

    private func repair(_ id: FaultID) async throws {
        if cutWays.removeValue(forKey: id) != nil { try dropCutWays() }
        _ = try await ask(PlantsConversation.Verb.heal(id: id.text))
        _ = try await ask(LaptopsConversation.Verb.heal(id: id.text))
        // A gateway that is gone took what was wrong with it along.
        _ = try? await ask(GatewayConversation.Verb.heal(id: id.text))
    }

    /// A plant's agents share its uplink.
    private func addresses(of end: Action.Fault.Link.End) throws -> [IPv4Address] {
        switch end {
        case .plant(let id):
            guard let plant = fixture.plant(id) else {
                throw WorldProblem(.environment, "there is no plant '\(id)'")
            }
            return plant.agents.map(\.agent.wan)
        case .laptop(let id):
            guard let wan = wan(of: id) else { throw WorldProblem(.environment, "there is no laptop '\(id)'") }
            return [wan]
        case .sync: return [LabLayout.gateway.address]
        }
    }

    private func kill(_ role: Action.Role) async throws {
        switch role {
        case .controlPlane: await controlPlane?.kill()
        case .gateway:
            hasLostGateway = true
            await gateway?.kill()
        }
    }

    private func hold(_ role: Action.Role, isPaused: Bool) throws {
        switch role {
        case .controlPlane: controlPlane?.hold(isPaused)
        case .gateway: gateway?.hold(isPaused)
        }
    }

    private func bringBack(_ role: Action.Role) async throws {
        switch role {
        case .controlPlane: try await startControlPlane()
        case .gateway:
            try await startGateway()
            // What was wrong with the ways at the gateway went with its process.
            for fault in faults {
                if case .link(let link) = fault.kind { try await impair(link, id: fault.id) }
            }
        }
        // While the other one is away the two cannot agree.
        let isOtherAway = faults.contains { fault in
            switch fault.kind {
            case .kill(let other), .pause(let other): other != role
            default: false
            }
        }
        if isOtherAway { return }
        try await waitForStatus { $0.gatewayConnected ? $0.unacknowledged : "the gateway is not connected" }
    }

    func advanceClock(_ span: Duration) async throws {
        try await api.send(
            .post, "/api/v1/clock", bearer: secrets.labToken, body: ClockRequest(advance: Span(span).seconds))
        _ = try await ask(.clock(PlantClockChange(advanceSeconds: Span(span).seconds)))
    }
}

extension Action.Fault.Kind {
    /// In a name for a fault to which the scenario gave none.
    fileprivate var name: String {
        switch self {
        case .link(let link):
            switch link.end {
            case .plant(let plant): "uplink-of-\(plant)"
            case .laptop(let laptop): "uplink-of-\(laptop)"
            case .sync: "sync-way"
            }
        case .restart(let role): "restart-\(role.rawValue)"
        case .kill(let role): "kill-\(role.rawValue)"
        case .pause(let role): "pause-\(role.rawValue)"
        case .message(let message): "\(message.fate.rawValue)-\(message.kind.rawValue)"
        case .device(let device): "device-\(device.reference.plant)-\(device.reference.device)"
        }
    }
}

extension Action.Fault.Link {
    /// Whether WireGuard's datagrams are touched.
    fileprivate var touchesTunnel: Bool { end != .sync && far != .controlPlane }

    /// Whether the way to the control plane is cut: a laptop's own requests are not the tunnel's business.
    fileprivate var cutsHTTP: Bool {
        guard isPartitioned, far != .gateway else { return false }
        if case .laptop = end { return false }
        return true
    }
}

extension LinkFault {
    fileprivate init(_ link: Action.Fault.Link) {
        let nothing = Span.milliseconds(0)
        let bursts = link.burstPackets.map { [BurstLoss(loss: link.loss ?? 0, lengthDatagrams: Double($0))] }
        self.init(
            loss: bursts == nil ? link.loss ?? 0 : 0, delay: link.delay.map { Span($0) } ?? nothing,
            jitter: link.jitter.map { Span($0) } ?? nothing, duplicate: link.duplicate ?? 0,
            reorder: link.reorder ?? 0, rateBitsPerSecond: link.bitsPerSecond.map { UInt64($0) },
            isPartitioned: link.isPartitioned, bursts: bursts ?? [])
    }
}

extension SyncFault {
    fileprivate init(_ message: Action.Fault.Message) {
        let kind: Message =
            switch message.kind {
            case .revisions: .revisions
            case .acknowledgement: .acknowledgement
            case .peers: .peers
            case .flows: .flows
            }
        let fate: Fate =
            switch message.fate {
            case .drop: .drop
            case .delay: .delay
            case .duplicate: .duplicate
            case .reorder: .reorder
            }
        self.init(message: kind, fate: fate, count: message.count, seconds: Span(message.span).seconds)
    }
}
