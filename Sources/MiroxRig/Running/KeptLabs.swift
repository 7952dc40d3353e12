import LabProtocol
import LinuxFabric
import LiveWorld
import ScenarioModel
import ScenarioRunner
import Synchronization

/// Labs whose scenarios are over and that stay up for people to look at.
final class KeptLabs: Sendable {
    private struct Kept: Sendable {
        var name: String
        var process: LabProcess
        /// The conductor ends when nobody listens any more.
        var stream: UnixStream
        var announcement: LabRegistry.Announcement?
    }

    private let labs = Mutex<[Kept]>([])

    func add(_ job: Job, _ process: LabProcess, _ stream: UnixStream) {
        let (name, announcement) = Self.announce(job, process)
        labs.withLock {
            $0.append(Kept(name: name, process: process, stream: stream, announcement: announcement))
        }
    }

    /// Under the instance's name, with a number behind it where that is taken.
    private static func announce(_ job: Job, _ process: LabProcess) -> (String, LabRegistry.Announcement?) {
        let plain = job.label.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }
        let base = String(String(plain).prefix(50))
        let nodes = LabNodes.names(of: job.instance.fixture).joined(separator: " ")
        for number in 1...99 {
            let name = number == 1 ? base : "\(base)-\(number)"
            if let announcement = try? LabRegistry.announce(name: name, initPid: process.initPid, detail: nodes) {
                return (name, announcement)
            }
        }
        return (base, nil)
    }

    /// Says what stays up and how to get in, and waits for Ctrl-C; returns at once when nothing was kept.
    func waitUntilSeen() async {
        let names = labs.withLock { $0.map(\.name) }
        guard !names.isEmpty else { return }
        for name in names {
            Console.error(
                "kept: the lab '\(name)' is up: mirox-rig shell --lab \(name) NODE, mirox-rig status --lab \(name)")
        }
        Console.error("Ctrl-C takes \(names.count == 1 ? "it" : "them") down.")
        _ = await Signals.next()
        await takeDown()
    }

    func takeDown() async {
        let kept = labs.withLock { labs in
            defer { labs = [] }
            return labs
        }
        for lab in kept {
            lab.announcement?.withdraw()
            lab.process.kill()
            _ = await lab.process.waitForEnd()
        }
    }
}
