import AccessModel
import ScenarioModel

/// Holds *bystanders-undisturbed*: what is done to one person or plant ends no connection of another, and makes no other tunnel
/// shake hands anew.
struct BystanderWatch: Sendable {
    private struct Open: Sendable {
        var person: PersonID
        var plants: Set<PlantID>
        /// Something that was done since concerns it.
        var isConcerned = false
    }

    private var open: [ConnectionID: Open] = [:]
    /// Laptops whose tunnel is up and that nothing has concerned since.
    private var calm: Set<LaptopID> = []
    /// In seconds of the run.
    private var lastHandshakes: [LaptopID: Double] = [:]
    /// What the scenario did, since the last sync that released everything; it concerns people when it is applied.
    private var pending: [Action] = []
    private var hasFaults = false

    mutating func acted(_ action: Action) {
        switch action.verb {
        case .open(let opening):
            let devices = opening.target.device.map { [$0] } ?? opening.target.candidates
            open[opening.id] = Open(person: opening.from.person, plants: Set(devices.map(\.plant)))
        case .close(let closing): open[closing.id] = nil
        case .connect(let connecting):
            calm.insert(connecting.laptop)
            lastHandshakes[connecting.laptop] = nil
        case .disconnect(let disconnecting):
            calm.remove(disconnecting.laptop)
            lastHandshakes[disconnecting.laptop] = nil
            concern { $0.person == disconnecting.laptop.person }
        case .sync, .refresh:
            pending.forEach { concern($0) }
            pending = []
        case .fault, .heal, .clock:
            // From here on anything may happen to anybody.
            hasFaults = true
        default:
            concern(action)
            if action.verb.waitsForSync { pending.append(action) }
        }
    }

    /// Marks those that an action is about.
    private mutating func concern(_ action: Action) {
        switch action.verb.payload.doer {
        case .person(let person):
            concern { $0.person == person }
            calm = calm.filter { $0.person != person }
        case .admin, .rig: break
        }
        switch action.verb {
        case .grant(let grant): concernPerson(grant.person)
        case .withdraw(let grant): concernPerson(grant.person)
        case .role(let change): concernPerson(change.person)
        case .member(let change): concernPerson(change.person)
        case .account(let change):
            concernPerson(change.person)
            calm = calm.filter { $0.person != change.person }
        case .agent(let change): concern { $0.plants.contains(change.plant) }
        case .plant(let change): concern { $0.plants.contains(change.plant) }
        case .subnet(let change): concern { $0.plants.contains(change.plant) }
        case .cooperation: concern { _ in true }
        default: break
        }
    }

    private mutating func concernPerson(_ person: PersonID) { concern { $0.person == person } }

    private mutating func concern(_ isMeant: (Open) -> Bool) {
        for (id, connection) in open where isMeant(connection) { open[id]?.isConcerned = true }
    }

    mutating func changed(_ id: ConnectionID, _ state: Condition.ConnectionState) -> Violation? {
        guard state != .open, let connection = open.removeValue(forKey: id), !connection.isConcerned, !hasFaults else {
            return nil
        }
        return Violation(
            .bystandersUndisturbed,
            "the connection '\(id)' of \(connection.person) has ended (\(state.rawValue)), and nothing that was done concerns it",
            suspect: .connection(id))
    }

    /// A handshake of a laptop; its first one after `connect` is no disturbance, and WireGuard makes one every two minutes.
    mutating func shookHands(_ laptop: LaptopID, at seconds: Double) -> Violation? {
        defer { lastHandshakes[laptop] = seconds }
        guard let last = lastHandshakes[laptop], seconds - last < 100, calm.contains(laptop), !hasFaults else {
            return nil
        }
        return Violation(
            .bystandersUndisturbed,
            "\(laptop) shook hands anew after \(RunSummary.fixed(seconds - last, 1)) s, and nothing that was done concerns it",
            suspect: .laptop(laptop))
    }
}

extension Action.Verb {
    /// Whether what it changes is applied by a later sync, so that it concerns people once more then.
    fileprivate var waitsForSync: Bool {
        switch self {
        case .grant, .withdraw, .rotate, .role, .member, .cooperation, .plant, .subnet: true
        default: false
        }
    }
}
