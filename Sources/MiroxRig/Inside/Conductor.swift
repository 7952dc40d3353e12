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
            if let descriptor = inside.descriptors[LabDescriptors.capture] {
                options.capture = CaptureOptions(descriptor: descriptor, limitBytes: CaptureFolder.limitBytes)
            }
            let world = try LiveWorld(fixture: job.instance.fixture, options: options)
            guard job.settings.keeps != .never || job.settings.breakAt != nil else {
                _ = await ScenarioRun(job.instance, in: world, settings: job.settings) { [self] event in
                    tell(.event(event))
                }.run(remains: { await baseline.remains() })
                return
            }
            let shared = SharedWorld(world)
            let desk = LabDesk(
                world, shared, fixture: job.instance.fixture, fixturePath: job.instance.fixturePath)
            let isOpen = Mutex(false)
            _ = await ScenarioRun(
                job.instance, in: shared.view(isOwner: true), settings: job.settings,
                hold: { [self] hold in
                    let isFirst = isOpen.withLock { isOpen in
                        defer { isOpen = true }
                        return !isOpen
                    }
                    if isFirst { try? desk.open() }
                    tell(.held(hold))
                    await desk.hold()
                }, emit: { [self] event in tell(.event(event)) }
            ).run(remains: { isOpen.withLock { $0 } ? [] : await baseline.remains() })
        } catch {
            tell(.problem("\(error)"))
        }
    }

    private func serve(_ job: ConductorJob.Serve, _ inside: Inside) async {
        var options = LabOptions(name: inside.lab, seed: job.seed)
        options.keptDatabasePath = job.databasePath
        options.ticks = true
        options.isGatewayExternal = job.isGatewayExternal
        if let descriptor = inside.descriptors[LabDescriptors.web] {
            options.web = HandedOver(descriptor: descriptor, endpoint: job.web)
        }
        if let descriptor = inside.descriptors[LabDescriptors.exposed], let endpoint = job.exposed {
            options.exposed = HandedOver(descriptor: descriptor, endpoint: endpoint)
        }
        do {
            let world = try LiveWorld(fixture: job.fixture, options: options)
            // Nobody judges a served lab; whoever asks for steps in it listens for as long as they run.
            let shared = SharedWorld(world)
            let desk = LabDesk(world, shared, fixture: job.fixture, fixturePath: job.fixturePath)
            await world.setOnGatewayAwaited { [self] in tell(.gatewayAwaited) }
            try await world.start()
            try await world.restore()
            try await world.connectEverybody()
            try await world.restoreFaults()
            let listener = try UnixListener(at: Asker.socketPath)
            try await world.beginRecord()
            tell(.ready(enrolments: await world.externalEnrolments()))
            await desk.serve(listener)
        } catch {
            tell(.problem("\(error)"))
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
