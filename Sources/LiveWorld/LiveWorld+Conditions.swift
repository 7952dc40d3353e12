import AccessModel
import Addressing
import DeviceModel
import LabProtocol
import LinuxFabric
package import ScenarioModel
import Timebase

/// Looking: each look is fresh, and none of them judges.
extension LiveWorld {
    package func observe(_ condition: Condition, _ probe: Probe) async -> Observation {
        do {
            return try await look(condition, probe)
        } catch {
            return Observation(.unfinished("\(error)"))
        }
    }

    private func look(_ condition: Condition, _ probe: Probe) async throws -> Observation {
        switch condition {
        case .reach(let reach): return try await attempt(reach, probe)
        case .tunnel(let tunnel): return try await look(at: tunnel, probe)
        case .route(let route): return Observation(.routes(try await routeRows(of: route.person)))
        case .routes(let routes): return Observation(.routes(try await routeRows(of: routes.person)))
        case .connection(let connection):
            guard let kept = connections[connection.id] else {
                return Observation(.unfinished("no connection '\(connection.id)' was opened"))
            }
            return Observation(.connection(kept.now))
        case .session(let session):
            try await flush()
            return Observation(.sessions(try await sessionRows(of: session.person)))
        case .audit(let audit):
            try await flush()
            return Observation(.audit(count: try await countAuditEntries(audit)))
        case .answers(let answers): return try await attempt(answers, probe)
        default: return Observation(try await record(condition))
        }
    }

    private func attempt(_ reach: Condition.Reach, _ probe: Probe) async throws -> Observation {
        let run = ReachProbe(
            reach: reach, namespace: namespace(of: reach.from), login: login(to: reach.target),
            limit: Span(probe.limit))
        let attempt =
            !faults.contains(where: \.isOnLinks) ? try await BlockingCall.run { run.run() } : try await run.runHedged()
        let control = probe.needsControl ? await positiveControl(for: reach) : nil
        return Observation(.reach(attempt), control: control, causes: attempt.detail.map { [$0] } ?? [])
    }

    private func attempt(_ answers: Condition.Answers, _ probe: Probe) async throws -> Observation {
        var attempts: [Attempt] = []
        var control: PositiveControl?
        for reach in answers.reaches {
            let observation = try await attempt(reach, probe)
            if case .reach(let attempt) = observation.sighting { attempts.append(attempt) }
            if control == nil || control?.bothEndsAlive == true { control = observation.control }
        }
        return Observation(.answers(attempts), control: control)
    }

    /// Whether the laptop and the device could have spoken: asked behind both their backs.
    private func positiveControl(for reach: Condition.Reach) async -> PositiveControl {
        PositiveControl(source: await liveness(of: reach.from), target: await liveness(of: reach.target, reach))
    }

    private func liveness(of laptop: LaptopID) async -> PositiveControl.Liveness {
        do {
            let state = try await tunnelState(of: laptop)
            guard state.isConnected else { return .dead("\(laptop) has no tunnel") }
            if state.packetsReceived > receivedAtStepBegin[laptop] ?? 0 { return .alive }
            return await answersThroughTunnel(laptop)
                ? .alive : .dead("no packet came through the tunnel of \(laptop) since the step began")
        } catch {
            return .dead("\(error)")
        }
    }

    /// Whether the gateway answers the laptop's echo request.
    private func answersThroughTunnel(_ laptop: LaptopID) async -> Bool {
        let namespace = namespace(of: laptop)
        let answer = try? await BlockingCall.run {
            let deadline = Moment.now + .milliseconds(500)
            return (try? ICMPProbe.echo(from: namespace, to: LabLayout.gatewayTunnelAddress, deadline: deadline)) != nil
        }
        return answer ?? false
    }

    private func liveness(of target: Target, _ reach: Condition.Reach) async -> PositiveControl.Liveness {
        if reach.isNowhere { return .notApplicable }
        let devices = target.device.map { [$0] } ?? target.candidates
        guard !devices.isEmpty else {
            return .dead("no device lives at \(target.address); say 'nowhere: true' if that is meant")
        }
        do {
            for device in devices where try await !health(of: device).isServing {
                return .dead("\(device) does not serve")
            }
            return .alive
        } catch {
            return .dead("\(error)")
        }
    }

    /// The first account of the service PC that is meant.
    func login(to target: Target) -> SSHProbe.Login? {
        let devices = target.device.map { [$0] } ?? target.candidates
        for reference in devices {
            let device = fixture.plant(reference.plant)?.devices.first { $0.name == reference.device }
            if let user = device?.users.first, let password = user.password {
                return SSHProbe.Login(user: user.name, password: password)
            }
        }
        return nil
    }

    /// The tunnel as the laptop finds it.
    ///
    /// A handshake stays fresh for minutes after the gateway forgot the key, so `up` is asked through the tunnel; and whether
    /// handshakes are refused is only known by trying one.
    private func look(at tunnel: Condition.Tunnel, _ probe: Probe) async throws -> Observation {
        let before = try await tunnelState(of: tunnel.laptop)
        let isTried = tunnel.state == .handshakeRefused || (tunnel.state == .up && before.word == .up)
        guard isTried, before.isConnected, let key = before.publicKey else {
            let source = probe.needsControl ? await liveness(of: tunnel.laptop) : .notApplicable
            return Observation(.tunnel(before.word), control: .init(source: source, target: .notApplicable))
        }
        if tunnel.state == .up, await answersThroughTunnel(tunnel.laptop) {
            return Observation(.tunnel(.up), control: .init(source: .alive, target: .notApplicable))
        }
        let refusalsBefore = reports.refusals(of: key)
        _ = try await ask(.shakeHands(laptop: tunnel.laptop.description))
        let isAnswered = await reports.wait(atMost: probe.limit) { seen in
            // The gateway's own word that this very key is no peer's: silence alone could be a lost datagram.
            seen.refusals[key] ?? 0 > refusalsBefore
                || seen.handshakes[tunnel.laptop] ?? 0 > before.handshakesCompleted
        }
        let after = try await tunnelState(of: tunnel.laptop)
        if after.handshakesCompleted > before.handshakesCompleted { return Observation(.tunnel(.up)) }
        guard isAnswered else {
            let silence = PositiveControl.Liveness.dead("the gateway never saw the handshake")
            return Observation(.tunnel(.idle), control: .init(source: silence, target: .notApplicable))
        }
        return Observation(.tunnel(.handshakeRefused), control: .init(source: .alive, target: .alive))
    }

    /// Everything that the gateway knows is with the control plane and in the decision stream when this returns.
    func flush() async throws {
        if options.isGatewayExternal { return }
        _ = try await ask(.flush)
    }
}

extension Span {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(nanoseconds: UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000))
    }
}
