import AccessModel
import Foundation
import LabProtocol
import LinuxFabric
import LiveWorld
import ScenarioModel

/// A lab that `up` serves, seen from outside.
final class ServedLab: Sendable {
    private let process: LabProcess
    private let stream: UnixStream
    private let announcement: LabRegistry.Announcement

    init(job: ConductorJob.Serve, descriptors: [String: Int32]) throws {
        let (ours, theirs) = try UnixStream.pair()
        stream = ours
        do {
            process = try Lab.launch(
                .init(
                    name: job.name, role: InsideMain.conductor,
                    descriptors: descriptors.merging([LabDescriptors.conversation: theirs.number]) { $1 }))
        } catch {
            throw RigFault.environment("\(error)\nmirox-rig doctor checks the machine.")
        }
        do {
            announcement = try LabRegistry.announce(
                name: job.name, initPid: process.initPid,
                detail: LabNodes.names(of: job.fixture).joined(separator: " "))
        } catch {
            process.kill()
            throw RigFault.usage("a lab '\(job.name)' runs already; choose another --name")
        }
        try ours.writeLine(String(decoding: JSONEncoder().encode(ConductorJob.serve(job)), as: UTF8.self))
    }

    /// Returns when the lab is ready.
    ///
    /// - Parameter onGatewayAwaited: called when the lab waits for a gateway from elsewhere.
    /// - Throws: what kept it from coming up, exit code 3.
    /// - Returns: the enrolment tokens of agents that are to come from elsewhere.
    func waitUntilReady(onGatewayAwaited: () -> Void) async throws -> [PlantID: String] {
        for try await line in stream.lines() {
            switch try JSONDecoder().decode(ConductorReport.self, from: Data(line.utf8)) {
            case .ready(let enrolments): return enrolments
            case .problem(let text): throw RigFault.environment(text)
            case .gatewayAwaited: onGatewayAwaited()
            case .event, .held: break
            }
        }
        throw RigFault.environment("the lab ended before it was ready")
    }

    /// Waits until somebody ends it or it ends by itself, then takes everything down.
    ///
    /// - Returns: the status to exit with.
    func waitForEnd() async -> Int32 {
        let ending = await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await Signals.next() }
            group.addTask { [process] in
                _ = await process.waitForEnd()
                return nil
            }
            let first = await group.next() ?? nil
            if first != nil { process.kill() }
            group.cancelAll()
            return first
        }
        announcement.withdraw()
        guard let ending else {
            Console.error("the lab ended by itself: \(process.status.map { "\($0)" } ?? "nobody knows how")")
            return 3
        }
        return 128 + ending
    }
}
