import AccessModel
import ControlProtocol
import LabProtocol
import ScenarioModel

/// What the lab page shows and switches.
extension LiveWorld {
    func answer(_ question: LabQuestion) async -> LabAnswer {
        do {
            switch question {
            case .picture(let since): return .picture(try await picture(since: since))
            case .order(let order):
                for action in try actions(for: order) { _ = try await perform(action) }
                return .done
            }
        } catch let problem as WorldProblem {
            return .refusal(problem.description)
        } catch {
            return .refusal("\(error)")
        }
    }

    /// A part of the lab that does not answer is drawn as down; the rest is drawn all the same.
    private func picture(since: UInt64) async throws -> LabPicture {
        let agents: [PlantID: AgentState] = (try? await agentStates()) ?? [:]
        let counters = try? await gatewayCounters()
        var laptops: [LabPicture.Laptop] = []
        for laptop in fixture.laptops {
            let tunnel = try? await tunnelState(of: laptop.id)
            let rows = (try? await routeRows(of: laptop.id.person)) ?? []
            laptops.append(
                .init(
                    name: laptop.id.description, person: laptop.id.person, address: wan(of: laptop.id) ?? laptop.wan,
                    tunnel: (tunnel?.word ?? .down).rawValue,
                    bytes: tunnel.map { $0.bytesSent + $0.bytesReceived } ?? 0,
                    hasProfile: profiles[laptop.id] != nil,
                    routes: rows.map { .init(subnet: $0.subnet, plant: $0.plant, status: $0.status.rawValue) }))
        }
        return LabPicture(
            name: options.name, fixture: fixture.title, laptops: laptops,
            plants: fixture.plants.map { plant in
                .init(
                    plant: plant.id, agent: agents[plant.id].map(\.pictureWord) ?? "unprovisioned",
                    subnets: plant.subnets.map(\.prefix), devices: plant.devices.count)
            },
            roles: [
                .init(name: "gateway", isRunning: counters != nil),
                .init(name: "control-plane", isRunning: isControlPlaneThere),
            ],
            faults: faults.map {
                .init(id: $0.id.text, text: Action.Fault(id: nil, kind: $0.kind).sentence)
            },
            decisions: reports.recentDecisions(since: since), counters: counters ?? [])
    }

    private func actions(for order: LabOrder) throws -> [Action] {
        switch order {
        case .agent(let plant, let word):
            guard fixture.plant(plant) != nil, let change = Action.AgentChange.Change(rawValue: word) else {
                throw WorldProblem(.environment, "there is no plant '\(plant)', or '\(word)' is no change of an agent")
            }
            return [Action(.agent(.init(plant: plant, change: change)), actor: nil)]
        case .uplink(let plant, let loss, let delay, let isCut):
            guard fixture.plant(plant) != nil else {
                throw WorldProblem(.environment, "there is no plant '\(plant)'")
            }
            var link = Action.Fault.Link(end: .plant(plant))
            link.loss = loss.map { min(max($0 / 100, 0), 1) }
            link.delay = delay.map { .milliseconds(min(max($0, 0), 10_000)) }
            link.isPartitioned = isCut ?? false
            guard link.isEffective else { throw WorldProblem(.environment, "that fault does nothing") }
            return [Action(.fault(.init(id: nil, kind: .link(link))))]
        case .connect(let name): return [Action(.connect(.init(try laptop(name))))]
        case .disconnect(let name): return [Action(.disconnect(.init(try laptop(name))))]
        case .issue(let name):
            let laptop = try laptop(name)
            return [Action(.issue(.init(laptop)), actor: laptop.person)]
        case .restart(let name):
            guard let role = Action.Role(rawValue: name) else {
                throw WorldProblem(.environment, "there is no '\(name)' to restart")
            }
            return [Action(.fault(.init(id: nil, kind: .restart(role))))]
        case .heal(let name): return [Action(.heal(.init(name.map { FaultID($0) })))]
        }
    }

    private func laptop(_ name: String) throws -> LaptopID {
        guard let laptop = LaptopID(name), fixture.laptop(laptop) != nil else {
            throw WorldProblem(.environment, "there is no laptop '\(name)'")
        }
        return laptop
    }
}

extension AgentState {
    fileprivate var pictureWord: String {
        switch (isProvisioned, isUp) {
        case (false, _): "unprovisioned"
        case (true, false): "down"
        case (true, true): "up"
        }
    }
}
