package import AccessModel

/// Something that a scenario does to the world, once.
package struct Action: Hashable, Sendable, Codable {
    package var verb: Verb
    /// Who does it; `nil` for what the rig itself does (sync, faults).
    ///
    /// Also `nil` for a grant or withdrawal over several owners' places, which is each owner's admin's to change:
    /// `Fixture.admin(of:)` says who that is.
    package var actor: PersonID?

    package init(_ verb: Verb, actor: PersonID? = nil) {
        self.verb = verb
        self.actor = actor
    }

    /// What the verbs hold lies with their entries under `Verbs`; see `Language` on how to add one.
    package enum Verb: Hashable, Sendable, Codable {
        case grant(Grant)
        case withdraw(Withdrawal)
        case issue(Issue)
        case rotate(Rotation)
        case revoke(Revocation)
        case connect(Connecting)
        case disconnect(Disconnecting)
        case agent(AgentChange)
        case usePark(UsePark)
        case refresh(Refresh)
        case sync(Sync)
        case open(Opening)
        case close(Closing)
        case fault(Fault)
        case heal(Healing)
        case role(RoleChange)
        case member(Membership)
        case account(AccountChange)
        case cooperation(CooperationChange)
        case plant(PlantChange)
        case subnet(SubnetChange)
        case conf(ConfChange)
        case roam(Roaming)
        case clock(ClockStep)
        case poll(Polling)
        case program(ProgramStart)
        case page(PageUse)
        case plantClock(PlantClockStep)

        package var payload: any VerbPayload {
            switch self {
            case .grant(let payload): payload
            case .withdraw(let payload): payload
            case .issue(let payload): payload
            case .rotate(let payload): payload
            case .revoke(let payload): payload
            case .connect(let payload): payload
            case .disconnect(let payload): payload
            case .agent(let payload): payload
            case .usePark(let payload): payload
            case .refresh(let payload): payload
            case .sync(let payload): payload
            case .open(let payload): payload
            case .close(let payload): payload
            case .fault(let payload): payload
            case .heal(let payload): payload
            case .role(let payload): payload
            case .member(let payload): payload
            case .account(let payload): payload
            case .cooperation(let payload): payload
            case .plant(let payload): payload
            case .subnet(let payload): payload
            case .conf(let payload): payload
            case .roam(let payload): payload
            case .clock(let payload): payload
            case .poll(let payload): payload
            case .program(let payload): payload
            case .page(let payload): payload
            case .plantClock(let payload): payload
            }
        }
    }

    /// What is done and, where it is not the one that it is about, by whom.
    package var sentence: String {
        let payload = verb.payload
        guard let actor, payload.doer != .person(actor) else { return payload.sentence }
        return "\(payload.sentence), by \(actor)"
    }
}
