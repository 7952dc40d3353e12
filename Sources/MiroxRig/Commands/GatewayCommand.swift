import Addressing
import ArgumentParser
import Foundation
import LabProtocol
import Roles

/// The command `mirox-rig gateway`.
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Run a gateway alone, in the place that 'up --external-gateway' left free.",
        discussion: "Run it at the lab's node: mirox-rig exec gateway -- mirox-rig gateway")

    @Option(help: "The place as JSON, as the lab wrote it.", completion: .file())
    var place = GatewayPlace.path

    func run() async throws {
        guard let data = FileManager.default.contents(atPath: place) else {
            throw RigFault.ending(2, "there is no file '\(place)'; run it at the node 'gateway' of such a lab")
        }
        do {
            let place = try JSONDecoder().decode(GatewayPlace.self, from: data)
            try await Until.signal {
                try await LoneGateway.run(place) { Console.print("gateway at \(place.endpoint)") }
            }
        } catch let problem as DecodingError {
            throw RigFault.ending(2, "'\(place)' is no gateway's place: \(problem)")
        }
    }
}

/// The command `mirox-rig agent`.
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Run an agent alone, with the token of a place that 'up --external-agent' left free.",
        discussion: """
            It makes a key, enrols, and leads into the network that it is started in, for which it needs the right to make a TUN \
            device there. Forwarding to the devices, and their way back, are the machine's: net.ipv4.ip_forward and a rule that \
            masquerades, unless the devices' addresses are its own.
            """)

    @Option(help: "The control plane, such as http://127.0.0.1:8080.")
    var controlPlane: String

    @Option(help: "The enrolment token that 'up' printed.")
    var token: String

    @Option(
        help: "Where the gateway is reached from here, when not where the control plane says; 'up --expose' prints it.")
    var gateway: String?

    @Option(help: "The TUN device to make.")
    var device = "mirox0"

    func validate() throws {
        guard controlPlane.hasPrefix("http://"), !controlPlane.hasSuffix("/") else {
            throw ValidationError("--control-plane takes an address such as http://127.0.0.1:8080")
        }
        if let gateway, Endpoint(gateway) == nil {
            throw ValidationError("--gateway takes an address and a port, such as 127.0.0.1:51820, not '\(gateway)'")
        }
        guard (1...15).contains(device.utf8.count) else {
            throw ValidationError("--device takes a name of at most 15 letters")
        }
    }

    func run() async throws {
        let options = LoneAgentOptions(
            controlPlane: controlPlane, token: token, gateway: gateway.flatMap { Endpoint($0) }, device: device)
        try await Until.signal {
            try await LoneAgent.run(options) { Console.print("agent of \($0) is up") }
        }
    }
}

/// Work that lasts until somebody ends it.
private enum Until {
    /// Runs the work; SIGINT or SIGTERM ends it as it should be, a failure with exit code 3.
    static func signal(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let ending = await withTaskGroup(of: Result<Int32, any Error>.self) { group in
            group.addTask { .success(await Signals.next() ?? 0) }
            group.addTask {
                do {
                    try await work()
                    return .success(0)
                } catch {
                    return .failure(error)
                }
            }
            let first = await group.next() ?? .success(0)
            group.cancelAll()
            return first
        }
        switch ending {
        case .success(let signal): if signal != 0 { throw ExitCode(128 + signal) }
        case .failure(let error):
            if error is DecodingError { throw error }
            throw RigFault.environment("\(error)")
        }
    }
}
