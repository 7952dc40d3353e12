import AccessModel
import LabProtocol

/// The processes that hold a lab's plants, a thousand in each, asked as if they were one.
///
/// A process may have 20,000 open files, and a plant of ten devices takes 12.
struct PlantProcesses: Sendable {
    static let plantsPerProcess = 1_000

    private(set) var links: [RoleLink<PlantsConversation>] = []
    private var places: [PlantID: Int] = [:]

    mutating func add(_ link: RoleLink<PlantsConversation>, with plants: [PlantID]) {
        for plant in plants { places[plant] = links.count }
        links.append(link)
    }

    /// Asks the one whose plant it is, or all of them.
    func ask(_ verb: PlantsConversation.Verb) async throws -> PlantsConversation.Answer {
        if let plant = verb.plant {
            // Any of them can say that there is no such plant.
            let place = places[plant] ?? 0
            guard links.indices.contains(place) else { throw RoleProblem.gone(.plants) }
            return try await links[place].ask(verb)
        }
        var states: [AgentState] = []
        for link in links {
            if case .agents(let more) = try await link.ask(verb) { states += more }
        }
        if case .agents = verb { return .agents(states) }
        return .done
    }

    func kill() async {
        for link in links { await link.kill() }
    }
}

extension PlantsConversation.Verb {
    /// Whose process is asked; `nil`: everybody's.
    fileprivate var plant: PlantID? {
        switch self {
        case .provision(let plant, _, _), .unprovision(let plant, _), .stop(let plant, _), .start(let plant, _),
            .hang(let plant, _), .health(let plant, _), .spoil(let plant, _, _, _):
            plant
        case .impair, .heal, .mend, .clock, .agents, .capture, .captureComment: nil
        }
    }
}
