import AccessModel
import Addressing
import LabProtocol
import LinuxFabric
import ScenarioModel
import Timebase

/// What somebody does at a laptop, besides using the certificate.
extension LiveWorld {
    func change(_ conf: Action.ConfChange) throws {
        switch conf {
        case .copy(let from, let to):
            profiles[to] = try profile(on: from)
        case .keep(let laptop, let name):
            keptProfiles[name] = try profile(on: laptop)
        case .use(let name, let laptop):
            guard let profile = keptProfiles[name] else {
                throw WorldProblem(.environment, "no .conf was put aside as '\(name)'")
            }
            profiles[laptop] = profile
        }
    }

    private func profile(on laptop: LaptopID) throws -> String {
        guard let profile = profiles[laptop] else {
            throw WorldProblem(.environment, "no profile lies on \(laptop): issue one to it first")
        }
        return profile
    }

    func roam(_ roaming: Action.Roaming) async throws {
        _ = try await ask(.roam(laptop: roaming.laptop.description, wan: roaming.wan))
        places[roaming.laptop] = roaming.wan
    }

    /// Where the laptop stands in the internet now.
    func wan(of laptop: LaptopID) -> IPv4Address? { places[laptop] ?? fixture.laptop(laptop)?.wan }

    // MARK: Pollers and programs

    /// Returns when the first answer is there.
    func poll(_ polling: Action.Polling) async throws {
        let poller = Poller(
            service: polling.via, namespace: namespace(of: polling.from), target: polling.target,
            interval: Span(polling.every))
        pollers.removeValue(forKey: polling.id)?.stop()
        pollers[polling.id] = poller
        try poller.start()
        let deadline = Moment.now + .seconds(5)
        while poller.tally.answerCount == 0 {
            guard Moment.now < deadline else {
                throw ProbeFailure(outcome: .timeout, description: "the poller '\(polling.id)' got no first answer")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func start(_ start: Action.ProgramStart) async throws {
        programs.removeValue(forKey: start.id)?.end()
        let node =
            switch start.place {
            case .laptop(let laptop): LabLayout.node(of: laptop)
            case .plant(let plant): LabLayout.node(of: plant)
            }
        let program = try KeptProgram(start.command, in: namespace(ofNode: node)) { [reports] status in
            reports.change(node, .note, "the program '\(start.id)' ended with \(status)")
        }
        programs[start.id] = program
        if start.isAwaited { await program.waitForEnd() }
    }
}
