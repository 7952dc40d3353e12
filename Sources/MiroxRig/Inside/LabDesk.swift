import Foundation
import LabProtocol
import LinuxFabric
import LiveWorld
import ScenarioModel
import ScenarioRunner
import Synchronization

/// Answers other terminals about a lab, and does for them what they ask, step by step.
actor LabDesk {
    private let world: LiveWorld
    private let shared: SharedWorld
    private let fixture: Fixture
    private let fixturePath: String
    private var held: CheckedContinuation<Void, Never>?
    private var stepCount = 0

    init(_ world: LiveWorld, _ shared: SharedWorld, fixture: Fixture, fixturePath: String) {
        self.world = world
        self.shared = shared
        self.fixture = fixture
        self.fixturePath = fixturePath
    }

    /// Answers in the background, one question a connection, for as long as the lab lives.
    nonisolated func open() throws {
        let listener = try UnixListener(at: Asker.socketPath)
        Task { await serve(listener) }
    }

    /// Never returns while the lab lives.
    nonisolated func serve(_ listener: UnixListener) async {
        while let asking = try? await BlockingCall.run(name: "asked", { try? listener.accept() }) {
            Task {
                guard let line = try asking.readLine() else { return }
                let request = try JSONDecoder().decode(LabRequest.self, from: Data(line.utf8))
                let reply = await self.answer(request)
                try asking.writeLine(String(decoding: JSONEncoder().encode(reply), as: UTF8.self))
            }
        }
    }

    /// Stands still until somebody says `resume`.
    func hold() async {
        await withCheckedContinuation { held = $0 }
    }

    private func answer(_ request: LabRequest) async -> LabReply {
        switch request {
        case .perform(let text): return await perform(text)
        case .record(let id, let title):
            return await world.record(id: id, title: title, fixturePath: fixturePath, files: ScenarioFiles.read)
        case .resume:
            guard let held else { return .refusal("nothing stands still here") }
            self.held = nil
            held.resume()
            return .text("going on")
        default: return await world.answer(request)
        }
    }

    // MARK: Steps

    private func perform(_ text: String) async -> LabReply {
        let steps: [Step]
        do throws(InvalidScenario) {
            steps = try ScenarioFiles.loader.steps(text, name: "do", fixture: fixture)
        } catch {
            return .outcome(text: error.rendered, status: 2)
        }
        stepCount += 1
        let instance = Instance(
            name: "do", id: "do", title: text, about: nil, location: SourceLocation(file: "do", line: 1, column: 1),
            tags: [], fixture: fixture, fixturePath: fixturePath, invariants: [], timeout: .seconds(600), isOnly: false,
            setup: [], steps: steps)
        let lines = Mutex<[String]>([])
        let begun = Date()
        let verdict = await ScenarioRun(
            instance, in: shared.view(isOwner: false), settings: RunSettings(label: "do")
        ) { event in
            if let line = Self.line(event) { lines.withLock { $0.append(line) } }
        }.run()
        let changes = Instance.all(steps).contains { if case .act = $0.body { true } else { false } }
        if verdict == .passed || changes {
            await world.remember(
                steps: text.trimmingCharacters(in: .newlines), at: begun, changes: changes, isRed: verdict != .passed)
        }
        let said = lines.withLock { $0.joined(separator: "\n") }
        return .outcome(text: said, status: verdict == .passed ? 0 : verdict == .failed ? 1 : 3)
    }

    private static func line(_ event: RunEvent) -> String? {
        switch event.kind {
        case .stepStarted(let step): return "… \(step.sentence)"
        case .stepFinished(let end):
            let notes = end.notes.map { "\n    \($0)" }.joined()
            return end.verdict == .passed ? "ok, after \(Int((end.seconds * 1000).rounded())) ms\(notes)" : nil
        case .failed(var failure):
            failure.rerun = "the same again"
            return failure.text(instance: "do", started: nil)
        default: return nil
        }
    }
}
