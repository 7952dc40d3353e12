/// What is looked up again and again in an intent: who holds a grant where, which plants lie in a place, who takes part in
/// which cooperation.
///
/// Kept beside the intent and told of every command; it holds nothing that the intent does not.
package struct AccessIndex: Hashable, Sendable {
    private var plants: [PortfolioID: [PlantID]] = [:]
    private var portfolios: [OrganizationID: [PortfolioID]] = [:]
    private var holders: [Place: Set<PersonID>] = [:]
    private var cooperations: [PersonID: Set<CooperationID>] = [:]
    private var agents: [PlantID: Set<AgentID>] = [:]

    package init(of intent: Intent) {
        learnPlants(of: intent)
        learnHolders(of: intent)
        learnCooperations(of: intent)
        for (id, agent) in intent.agents { agents[agent.plant, default: []].insert(id) }
    }

    /// Takes in a command that was applied.
    package mutating func update(after command: Command, _ intent: Intent) {
        switch command {
        case .grant(let person, let place, _): holders[place, default: []].insert(person)
        case .withdraw(let person, let place):
            holders[place]?.remove(person)
            if holders[place]?.isEmpty == true { holders[place] = nil }
        case .createPlant(let id, _, let portfolio, _): insert(id, into: &plants[portfolio, default: []])
        case .createPortfolio(let id, _, let organization): insert(id, into: &portfolios[organization, default: []])
        case .movePlant: learnPlants(of: intent)
        case .provisionAgent(let id, let plant): agents[plant, default: []].insert(id)
        case .proposeCooperation, .setCooperationMembers: learnCooperations(of: intent)
        case .deletePlant, .deletePortfolio, .deleteOrganization, .deletePerson: self = AccessIndex(of: intent)
        default: break
        }
    }

    /// The plants of the place, ascending within each portfolio; a plant that was named itself need not exist.
    func forEachPlant(in place: Place, _ body: (PlantID) -> Void) {
        switch place {
        case .plant(let id): body(id)
        case .portfolio(let id): plants[id]?.forEach(body)
        case .organization(let id): portfolios[id]?.forEach { plants[$0]?.forEach(body) }
        }
    }

    /// Every agent that was ever provisioned there, ascending.
    package func agents(of plant: PlantID) -> [AgentID] { (agents[plant] ?? []).sorted() }

    func cooperations(of person: PersonID, in intent: Intent) -> [Cooperation] {
        (cooperations[person] ?? []).compactMap { intent.cooperations[$0] }
    }

    /// Everybody who holds a grant at the plant or above it.
    func people(withGrantCovering plant: PlantID, in intent: Intent) -> Set<PersonID> {
        var people = holders[.plant(plant)] ?? []
        guard let portfolio = intent.plants[plant]?.portfolio else { return people }
        people.formUnion(holders[.portfolio(portfolio)] ?? [])
        guard let organization = intent.portfolios[portfolio]?.organization else { return people }
        return people.union(holders[.organization(organization)] ?? [])
    }

    private func insert<ID: Comparable>(_ id: ID, into list: inout [ID]) {
        list.insert(id, at: list.firstIndex { id < $0 } ?? list.endIndex)
    }

    private mutating func learnPlants(of intent: Intent) {
        plants = Dictionary(grouping: intent.plants.keys) { intent.plants[$0]?.portfolio ?? "" }
            .mapValues { $0.sorted() }
        portfolios = Dictionary(grouping: intent.portfolios.keys) { intent.portfolios[$0]?.organization ?? "" }
            .mapValues { $0.sorted() }
    }

    private mutating func learnHolders(of intent: Intent) {
        holders = [:]
        for (person, grants) in intent.grants {
            for grant in grants { holders[grant.place, default: []].insert(person) }
        }
    }

    private mutating func learnCooperations(of intent: Intent) {
        cooperations = [:]
        for (id, cooperation) in intent.cooperations {
            for person in cooperation.members.sorted { cooperations[person, default: []].insert(id) }
        }
    }
}
