import Foundation
import LabProtocol
import LinuxFabric
import LiveWorld
import ScenarioModel
import ScenarioRunner
import Synchronization

/// The first program of a lab: brings its world up and runs a scenario in it, or serves it.
final class Conductor: Sendable {
    private let stream: UnixStream
    private let writing = Mutex(())

    static func run(_ inside: Inside) async throws {
        guard let descriptor = inside.descriptors[LabDescriptors.conversation] else {
            throw ConductorFault(description: "a conductor is started by mirox-rig, not by hand")
        }
        let conductor = Conductor(UnixStream(owning: Descriptor(owning: descriptor)))
        guard let line = try conductor.stream.readLine() else { return }
        switch try JSONDecoder().decode(ConductorJob.self, from: Data(line.utf8)) {
        case .run(let job): await conductor.run(job, in: inside)
        case .serve(let job): await conductor.serve(job, inside)
        }
    }

    private init(_ stream: UnixStream) {
        self.stream = stream
    }

    private func run(_ job: ConductorJob.Run, in inside: Inside) async {
        do {
            let baseline = LabRemains.baseline()
            var options = LabOptions(name: inside.lab, seed: job.seed)
            options.watched = job.instance.invariants
            let world = try LiveWorld(
                fixture: job.instance.fixture, options: options)
            let run = ScenarioRun(job.instance, in: world, settings: job.settings) { [self] event in
                tell(.event(event))
            }
            _ = await run.run(hold: { [self] _ in await keep(world) }, remains: { await baseline.remains() })
        } catch {
            tell(.problem("\(error)"))
        }
    }

    /// Stays up for people at other terminals until somebody outside ends the lab.
    private func keep(_ world: LiveWorld) async {
        guard let listener = try? UnixListener(at: Asker.socketPath) else { return }
        tell(.kept)
        await answer(at: listener, for: world)
    }

    private func serve(_ job: ConductorJob.Serve, _ inside: Inside) async {
        var options = LabOptions(name: inside.lab, seed: job.seed)
        options.keptDatabasePath = job.databasePath
        options.ticks = true
        if let descriptor = inside.descriptors[LabDescriptors.web] {
            options.web = HandedOver(descriptor: descriptor, endpoint: job.web)
        }
        if let descriptor = inside.descriptors[LabDescriptors.exposed], let endpoint = job.exposed {
            options.exposed = HandedOver(descriptor: descriptor, endpoint: endpoint)
        }
        do {
            let world = try LiveWorld(fixture: job.fixture, options: options)
            // Nobody judges a served lab: what happens in it is only counted.
            Task { for await _ in world.changes {} }
            Task { for await _ in world.decisions {} }
            try await world.start()
            try await world.connectEverybody()
            let listener = try UnixListener(at: Asker.socketPath)
            tell(.ready)
            await answer(at: listener, for: world)
        } catch {
            tell(.problem("\(error)"))
        }
    }

    /// Answers other terminals, one question a connection, for as long as the lab lives.
    private func answer(at listener: UnixListener, for world: LiveWorld) async {
        while let asking = try? await BlockingCall.run(name: "asked", { try? listener.accept() }) {
            Task {
                guard let line = try asking.readLine() else { return }
                let request = try JSONDecoder().decode(LabRequest.self, from: Data(line.utf8))
                let reply = await world.answer(request)
                try asking.writeLine(String(decoding: JSONEncoder().encode(reply), as: UTF8.self))
            }
        }
    }

    private func tell(_ report: ConductorReport) {
        // Without anybody outside the lab is about to end.
        guard let data = try? JSONEncoder().encode(report) else { return }
        try? writing.withLock { _ in try stream.writeLine(String(decoding: data, as: UTF8.self)) }
    }
}

private struct ConductorFault: Error, CustomStringConvertible {
    let description: String
}
