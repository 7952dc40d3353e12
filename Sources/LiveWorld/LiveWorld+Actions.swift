import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
import LinkModel
import LinuxFabric
package import ScenarioModel
import Timebase

/// Doing: each verb once, by the call that a person or the rig would make.
extension LiveWorld {
    package func perform(_ action: Action) async throws(WorldProblem) -> ActionOutcome {
        do {
            try await carryOut(action)
            // One that is down or stands still can be asked nothing.
            guard isControlPlaneThere else { return ActionOutcome(applied: reports.takeApplied()) }
            let status: SyncStatus = try await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
            // The gateway's own word of a revision comes before its acknowledgement, by another way.
            _ = await reports.wait(atMost: .seconds(1)) { $0.newestApplied >= status.acknowledged }
            try await settle(after: action.verb)
            var outcome = ActionOutcome(generation: status.generation, applied: reports.takeApplied())
            switch action.verb {
            case .issue(let issue): outcome.key = publicKeys[issue.laptop]
            case .rotate(let rotation): outcome.key = publicKeys[rotation.laptop]
            default: break
            }
            return outcome
        } catch let problem as WorldProblem {
            throw problem
        } catch let failure as ProbeFailure {
            throw WorldProblem(.refused(name: failure.outcome.rawValue), failure.description)
        } catch {
            throw WorldProblem(.environment, "\(error)")
        }
    }

    private func carryOut(_ action: Action) async throws {
        let bearer = bearer(of: action.actor)
        switch action.verb {
        case .grant(let change): try await grant(change, by: action.actor)
        case .withdraw(let change): try await withdraw(change, by: action.actor)
        case .issue(let issue): try await takeProfile("", on: issue.laptop)
        case .rotate(let rotation): try await takeProfile("/rotate", on: rotation.laptop)
        case .revoke(let revocation): try await revoke(revocation.person)
        case .connect(let connecting): try await connect(connecting.laptop)
        case .disconnect(let disconnecting):
            _ = try await ask(.disconnect(laptop: disconnecting.laptop.description))
            connected.remove(disconnecting.laptop)
        case .agent(let change): try await changeAgent(change, bearer: bearer)
        case .usePark(let choice): try await usePark(choice)
        case .refresh(let refresh):
            try await api.send(.post, "/api/v1/me/vpn/routes/refresh", bearer: self.bearer(of: refresh.person))
        case .sync(let sync): try await synchronize(sync)
        case .open(let opening): try await open(opening)
        case .close(let closing): connections.removeValue(forKey: closing.id)?.close()
        case .fault(let fault): try await inject(fault)
        case .heal(let healing): try await heal(healing.id)
        default: try await carryOutMore(action.verb, bearer: bearer)
        }
    }

    /// What admins decide, and what is done at laptops besides connecting.
    private func carryOutMore(_ verb: Action.Verb, bearer: String) async throws {
        switch verb {
        case .role(let change): try await self.change(change, bearer: bearer)
        case .member(let change): try await self.change(change, bearer: bearer)
        case .account(let change): try await self.change(change, bearer: bearer)
        case .cooperation(let change): try await self.change(change, bearer: bearer)
        case .plant(let change): try await self.change(change, bearer: bearer)
        case .subnet(let change): try await self.change(change, bearer: bearer)
        case .conf(let change): try self.change(change)
        case .roam(let roaming): try await roam(roaming)
        case .clock(let step): try await advanceClock(step.span)
        case .poll(let polling): try await poll(polling)
        case .plantClock(let step): _ = try await ask(PlantsConversation.Verb.clock(step.change))
        case .program(let start): try await self.start(start)
        case .page(let page):
            // It may revoke the certificate, and its sessions with it.
            everRevoked.insert(page.laptop.person)
            try await use(page)
        default: throw WorldProblem(.environment, "this world cannot do that: \(verb.payload.sentence)")
        }
    }

    /// What the action cut or let through has come through the tunnels when this returns: a ping of the gateway went behind it.
    private func settle(after verb: Action.Verb) async throws {
        switch verb {
        case .revoke, .usePark, .refresh, .sync, .agent, .account: break
        default: return
        }
        for laptop in connected.sorted() {
            guard try await tunnelState(of: laptop).word == .up else { continue }
            let namespace = namespace(of: laptop)
            _ = try await BlockingCall.run {
                try? ICMPProbe.echo(
                    from: namespace, to: LabLayout.gatewayTunnelAddress, deadline: Moment.now + .milliseconds(300))
            }
        }
    }

    /// The person's own token; the rig's where nobody is named.
    func bearer(of person: PersonID?) -> String {
        person.flatMap { secrets.people[$0] } ?? secrets.labToken
    }

    private func grant(_ change: Action.Grant, by actor: PersonID?) async throws {
        for place in change.places {
            let bearer = bearer(of: actor ?? fixture.admin(of: place))
            let request = GrantRequest(person: change.person, place: place)
            do {
                try await api.send(.post, "/api/v1/grants", bearer: bearer, body: request)
            } catch {
                // What is granted already stays as it is.
                guard error.kind == .refused(name: "exists") else { throw error }
            }
        }
    }

    private func withdraw(_ change: Action.Withdrawal, by actor: PersonID?) async throws {
        for place in change.places {
            let bearer = bearer(of: actor ?? fixture.admin(of: place))
            let id = GrantView(person: change.person, place: place, since: .beginning).id
            try await api.send(.delete, "/api/v1/grants/\(id)", bearer: bearer)
        }
    }

    private func usePark(_ choice: Action.UsePark) async throws {
        let id = RouteID(plant: choice.plant, subnet: choice.subnet)
        try await api.send(
            .put, "/api/v1/me/vpn/routes/\(id.description.pathComponent)/winner", bearer: bearer(of: choice.person))
    }

    private func synchronize(_ sync: Action.Sync) async throws {
        switch sync {
        case .now: try await synchronize(SyncRequest(now: true))
        case .every(let interval): try await synchronize(SyncRequest(every: Span(interval).seconds))
        case .pause: try await synchronize(SyncRequest(pause: true))
        case .next: try await waitForTick()
        }
    }

    private func synchronize(_ request: SyncRequest) async throws {
        try await api.send(.post, "/api/v1/sync", bearer: secrets.labToken, body: request, seconds: 30)
    }

    private func waitForTick() async throws {
        let before: SyncStatus = try await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
        guard before.everySeconds != nil else {
            throw WorldProblem(.environment, "no ticks run: start them with 'sync: { every: 1s }'")
        }
        try await waitForStatus { status in
            status.ticks > before.ticks ? status.unacknowledged : "no tick since number \(before.ticks)"
        }
    }

    private func open(_ opening: Action.Opening) async throws {
        let id = opening.id
        let kept = try await KeptConnection.open(
            .init(
                service: opening.via, namespace: namespace(of: opening.from), endpoint: opening.target.endpoint,
                unit: UInt8(clamping: opening.target.unit), login: login(to: opening.target),
                heartbeat: Span(opening.heartbeat), limit: .seconds(5))
        ) { [reports] state in
            reports.change("\(opening.from)", .connection(id, state), "connection \(id): \(state.rawValue)")
        }
        connections[id]?.close()
        connections[id] = kept
        openings[id] = opening
    }
}

extension String {
    /// As one component of a URL's path.
    var pathComponent: String {
        var text = ""
        for byte in utf8 {
            let character = Character(UnicodeScalar(byte))
            if character.isASCII && (character.isLetter || character.isNumber) || "-._~:@".contains(character) {
                text.append(character)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }
}
