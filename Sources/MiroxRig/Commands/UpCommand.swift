import AccessModel
import Addressing
import ArgumentParser
import Foundation
import LabProtocol
import LinuxFabric
import LiveWorld
import ScenarioModel

/// The command `mirox-rig up FIXTURE`.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Serve the lab of a fixture until Ctrl-C, and print what to open and what to type."
    )

    @Argument(help: "The fixture file.", completion: .file(extensions: ["yaml"]))
    var fixture: String

    @Option(help: "Where the control plane's API is on this machine; port 0 takes a free one.")
    var web = "127.0.0.1:0"

    @Option(help: "Where stock WireGuard clients reach the gateway on this machine; port 0 takes a free one.")
    var expose: String?

    @Option(
        help: """
            A folder that keeps everything for the next lab: database, keys, choices, faults. The private keys of people lie there in \
            their laptops' own files, so guard it as you would a laptop.
            """)
    var data: String?

    @Option(
        name: .long, parsing: .singleValue,
        help: "Leave the place of this plant's agent to a real one; may be repeated.")
    var externalAgent: [String] = []

    @Flag(help: "Leave the gateway's place to a real one, which runs at the lab's node 'gateway'.")
    var externalGateway = false

    @Option(help: "The lab's name, by which other terminals find it.")
    var name: String?

    @Option(help: "Keys and faults follow from it.")
    var seed: UInt64 = 1

    func validate() throws {
        if externalGateway, expose != nil {
            throw ValidationError(
                "--expose hands a socket to the lab's own gateway, and --external-gateway says that there is none")
        }
    }

    func run() async throws {
        var fixture = try ScenarioFiles.fixture(fixture)
        for name in externalAgent {
            guard fixture.plant(PlantID(name)) != nil else {
                let known = fixture.plants.map(\.id.text).sorted().joined(separator: ", ")
                throw RigFault.usage("--external-agent: there is no plant '\(name)'; there are \(known)")
            }
            fixture.leaveFree(PlantID(name))
        }
        let web = try open(web, "--web") { try HandedSocket.listen(at: $0) }
        let exposed = try expose.map { try open($0, "--expose") { try HandedSocket.datagram(at: $0) } }
        let name = name ?? Self.freeName(for: self.fixture)
        guard LabRegistry.isValid(name) else {
            throw RigFault.usage("--name takes up to 60 letters, digits, '-', '_' and '.', not '\(name)'")
        }
        var descriptors = [LabDescriptors.web: web.number]
        if let exposed { descriptors[LabDescriptors.exposed] = exposed.number }
        let lab = try ServedLab(
            job: .init(
                fixture: fixture, fixturePath: self.fixture, name: name, seed: seed, databasePath: try databasePath(),
                web: web.endpoint,
                exposed: exposed?.endpoint, isGatewayExternal: externalGateway),
            descriptors: descriptors)
        Console.error("\(name): coming up: \(fixture.title)")
        let enrolments = try await lab.waitUntilReady { Console.print(Welcome.gatewayPlace(in: name)) }
        Console.print(Welcome.text(for: fixture, name: name, web: web.endpoint, exposed: exposed?.endpoint))
        for (plant, token) in enrolments.sorted(by: { $0.key < $1.key }) {
            Console.print(Welcome.enrolment(of: plant, token: token, web: web.endpoint, exposed: exposed?.endpoint))
        }
        let status = await lab.waitForEnd()
        withExtendedLifetime((web, exposed)) {}
        throw ExitCode(status)
    }

    private func open(
        _ text: String, _ flag: String, _ make: (Endpoint) throws -> HandedSocket
    ) throws -> HandedSocket {
        guard let endpoint = Endpoint(text) else {
            throw RigFault.usage("\(flag) takes an address and a port, such as 127.0.0.1:8080, not '\(text)'")
        }
        do {
            return try make(endpoint)
        } catch {
            throw RigFault.environment("\(flag): \(error)")
        }
    }

    private func databasePath() throws -> String? {
        guard let data else { return nil }
        guard !data.isEmpty else { throw RigFault.usage("--data takes a folder, not an empty text") }
        do {
            return try Folder.made(data, permissions: [.posixPermissions: 0o700]) + "/control-plane.sqlite"
        } catch {
            throw RigFault.environment("--data \(data): \(error.localizedDescription)")
        }
    }

    /// The fixture file's name, with a number where that lab runs already.
    private static func freeName(for path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? "lab"
        let stem = file.split(separator: ".").first ?? "lab"
        let base = String(stem.map { LabRegistry.isValid(String($0)) ? $0 : "-" }.prefix(50))
        let taken = Set(LabRegistry.names())
        guard taken.contains(base) else { return base }
        var number = 2
        while taken.contains("\(base)-\(number)") { number += 1 }
        return "\(base)-\(number)"
    }
}
