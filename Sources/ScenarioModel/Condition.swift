/// Something that can be looked at and is so or is not so.
///
/// What the conditions hold lies with their entries under `Conditions`; see `Language` on how to add one.
package enum Condition: Hashable, Sendable, Codable {
    case reach(Reach)
    case tunnel(Tunnel)
    case route(Route)
    case routes(Routes)
    case connection(Connection)
    case session(Session)
    case audit(Audit)
    case access(Access)
    case sessions(Sessions)
    case certificate(Certificate)
    case agent(Agent)
    case program(Program)
    case counter(Counter)
    case poll(Poll)
    case answers(Answers)
    case page(Page)
    case device(Device)

    package var payload: any ConditionPayload {
        switch self {
        case .reach(let payload): payload
        case .tunnel(let payload): payload
        case .route(let payload): payload
        case .routes(let payload): payload
        case .connection(let payload): payload
        case .session(let payload): payload
        case .audit(let payload): payload
        case .access(let payload): payload
        case .sessions(let payload): payload
        case .certificate(let payload): payload
        case .agent(let payload): payload
        case .program(let payload): payload
        case .counter(let payload): payload
        case .poll(let payload): payload
        case .answers(let payload): payload
        case .page(let payload): payload
        case .device(let payload): payload
        }
    }

    package var sentence: String { payload.sentence }

    /// The only place where a scenario's expectation meets what was seen.
    package func judge(_ sighting: Sighting) -> Judgement {
        if case .unfinished(let why) = sighting { return Judgement(.unknown, seen: why) }
        return payload.judge(sighting) ?? Judgement(.unknown, seen: "the world looked at something else")
    }

    /// Whether the absence of something is what is wanted, so that dead ends would fulfil it too.
    package func isNegative(under word: Throughout.Word) -> Bool { payload.isNegative(under: word) }
}
