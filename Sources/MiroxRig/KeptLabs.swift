import AccessModel
import Addressing
import Foundation
import LinuxFabric
import LiveWorld
import ScenarioModel
import ScenarioRunner
import Synchronization

/// Labs of a run that stay up, at a break or behind their scenario, until somebody has seen enough.
final class KeptLabs: Sendable {
    static let all = KeptLabs()

    private struct State {
        var labs: [(process: LabProcess, stream: UnixStream)] = []
        var announcements: [LabRegistry.Announcement] = []
        var names: Set<String> = []
    }

    private let state = Mutex(State())

    /// Keeps the lab of a scenario that is over.
    func keep(_ lab: LabProcess, _ stream: UnixStream) { state.withLock { $0.labs.append((lab, stream)) } }

    /// Makes the lab known to other terminals and says what can be done there.
    func announce(_ lab: LabProcess, _ job: Job, _ hold: Hold) {
        let fixture = job.instance.fixture
        let wanted = Self.name(of: job)
        let isNew = state.withLock { !$0.names.contains(wanted) }
        if isNew {
            guard
                let announcement = try? LabRegistry.announce(
                    name: wanted, initPid: lab.initPid, detail: LabNodes.names(of: fixture).joined(separator: " "))
            else {
                Console.error("mirox-rig: the lab of \(job.label) is up, but the name '\(wanted)' is taken")
                return
            }
            state.withLock { state in
                state.announcements.append(announcement)
                state.names.insert(wanted)
            }
        }
        Console.error(Self.text(wanted, job, hold))
    }

    /// Waits for Ctrl-C when any lab is kept, then takes all of them down.
    func waitForEnd() async {
        let count = state.withLock { $0.labs.count }
        guard count > 0 else { return }
        Console.error(
            "mirox-rig: \(count) lab\(count == 1 ? " is" : "s are") left up; Ctrl-C takes \(count == 1 ? "it" : "them") down"
        )
        _ = await Signals.next()
        await takeDown()
    }

    func takeDown() async {
        let (labs, announcements) = state.withLock { ($0.labs, $0.announcements) }
        for lab in labs {
            lab.process.kill()
            _ = await lab.process.waitForEnd()
        }
        announcements.forEach { $0.withdraw() }
    }

    /// The scenario's id, without what a lab's name may not hold.
    private static func name(of job: Job) -> String {
        let plain = job.label.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
        return String(String(plain).prefix(60))
    }

    private static func text(_ name: String, _ job: Job, _ hold: Hold) -> String {
        let fixture = job.instance.fixture
        let laptop = fixture.laptops.first.map { "\($0.id)" } ?? "internet"
        let address = fixture.plants.flatMap(\.devices).first?.address.description ?? "ADDRESS"
        var lines: [String]
        switch hold {
        case .beforeStep(let label, let sentence):
            lines = [
                "mirox-rig: \(job.label) stands still before \(label), \(label.location.file):\(label.location.line): \(sentence)"
            ]
        case .afterEnd(let verdict):
            lines = ["mirox-rig: \(job.label) \(verdict.rawValue); its lab is left up"]
        }
        lines += [
            "From another terminal:",
            "  mirox-rig shell --lab \(name) \(laptop)",
            "  mirox-rig explain-packet --lab \(name) --from \(laptop) --to \(address):502",
            "  mirox-rig do --lab \(name) 'refresh: { for: \(fixture.people.first?.text ?? "PERSON") }'",
            "  mirox-rig status --lab \(name)",
        ]
        if case .beforeStep = hold { lines.append("  mirox-rig resume --lab \(name)     # goes on") }
        return lines.joined(separator: "\n")
    }
}
