import AccessModel
import Capture
import Foundation
import LabProtocol
import LinuxFabric
import ScenarioModel

/// Where and how much of a lab's packets is captured.
package struct CaptureOptions: Sendable, Hashable {
    /// An empty file on the host, open for appending, handed into the lab; `nil`: a file of the lab itself.
    package var descriptor: Int32?
    package var limitBytes: UInt64
    /// For a lab that is served: its file lies in memory.
    static let servedLimitBytes: UInt64 = 256 << 20

    package init(descriptor: Int32?, limitBytes: UInt64) {
        self.descriptor = descriptor
        self.limitBytes = limitBytes
    }
}

/// One file for a whole lab, to which every process appends what it sees.
struct LabCapture: Sendable {
    /// Where the lab's processes find the file.
    static let path = "\(LabLayout.stateFolder)/capture.pcapng"

    let limitBytes: UInt64
    private let tunnels: [String: UInt32]

    /// Begins the file: the application, and an interface for each place of the fixture at which packets are seen.
    init(_ fixture: Fixture, _ options: CaptureOptions) throws {
        limitBytes = options.limitBytes
        var blocks = CaptureBlocks()
        blocks.appendSection(application: "mirox-rig")
        blocks.appendInterface(
            CaptureInterface(name: "gateway:wan", note: "datagrams at the gateway, their headers made up"))
        var tunnels: [String: UInt32] = [:]
        func add(_ tunnel: String, _ name: String, _ note: String) {
            tunnels[tunnel] = UInt32(tunnels.count + 1)
            blocks.appendInterface(CaptureInterface(name: name, note: note))
        }
        for plant in fixture.plants {
            for (place, (id, _)) in zip(["agent:tun0", "second-agent:tun1"], plant.agents) {
                add(id.text, "\(plant.id)/\(place)", "inner packets at the plant's end of the tunnel")
            }
        }
        for laptop in fixture.laptops {
            add(laptop.id.description, "\(laptop.id):tun0", "inner packets at the technician's end of the tunnel")
        }
        self.tunnels = tunnels
        try? FileManager.default.removeItem(atPath: Self.path)
        if let descriptor = options.descriptor {
            // Seen from any process of the lab, wherever on the host the file lies.
            try FileManager.default.createSymbolicLink(
                atPath: Self.path, withDestinationPath: "/proc/\(getpid())/fd/\(descriptor)")
        }
        try AppendingFile(Self.path, creating: true).append(blocks.bytes)
    }

    var forGateway: CapturePlan { CapturePlan(path: Self.path, wan: 0, limitBytes: limitBytes) }

    func forTunnels(_ isMeant: (String) -> Bool) -> CapturePlan {
        CapturePlan(path: Self.path, tunnels: tunnels.filter { isMeant($0.key) }, limitBytes: limitBytes)
    }
}

extension LiveWorld {
    /// Before any process runs.
    func prepareCapture() throws {
        guard let capture = options.capture else { return }
        self.capture = try LabCapture(fixture, capture)
    }

    var plantsCapture: CapturePlan? {
        let agents = agentNames
        return capture?.forTunnels { agents.contains($0) }
    }

    var laptopsCapture: CapturePlan? {
        let agents = agentNames
        return capture?.forTunnels { !agents.contains($0) }
    }

    private var agentNames: Set<String> { Set(fixture.plants.flatMap(\.agents).map(\.id.text)) }

    /// From now on every captured packet says which step it belongs to.
    func noteInCapture(_ step: StepContext) async {
        guard capture != nil else { return }
        let text = "step \(step.number): \(step.sentence)"
        // A process that is not there has no packets either.
        _ = try? await ask(GatewayConversation.Verb.captureComment(text))
        _ = try? await ask(PlantsConversation.Verb.captureComment(text))
        _ = try? await ask(LaptopsConversation.Verb.captureComment(text))
    }

    /// Begins a capture of a lab that runs already; every tunnel shakes hands anew, since only then it can be opened.
    ///
    /// - Returns: the file inside the lab.
    package func beginCapture(limitBytes: UInt64) async throws -> String {
        let begun = try LabCapture(fixture, CaptureOptions(descriptor: nil, limitBytes: limitBytes))
        capture = begun
        _ = try await ask(GatewayConversation.Verb.capture(begun.forGateway))
        if let plan = plantsCapture { _ = try await ask(PlantsConversation.Verb.capture(plan)) }
        if let plan = laptopsCapture { _ = try await ask(LaptopsConversation.Verb.capture(plan)) }
        return LabCapture.path
    }

    package func endCapture() async throws {
        capture = nil
        _ = try await ask(GatewayConversation.Verb.capture(nil))
        _ = try await ask(PlantsConversation.Verb.capture(nil))
        _ = try await ask(LaptopsConversation.Verb.capture(nil))
        try FileManager.default.removeItem(atPath: LabCapture.path)
    }
}
