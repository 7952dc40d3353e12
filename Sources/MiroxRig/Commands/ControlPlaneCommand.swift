import Addressing
import ArgumentParser
import Roles

/// The command `mirox-rig control-plane`.
struct ControlPlaneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control-plane",
        abstract: "Serve a control plane alone, without gateway and plants: for whoever works on its API.")

    @Option(help: "The database; made when there is none.") var database: String
    @Option(help: "A seed as JSON, for an empty database.") var seed: String?
    @Option(help: "IPv4 address and port to listen at; port 0 takes any.") var listen = "127.0.0.1:8080"

    func run() async throws {
        guard let endpoint = Endpoint(listen) else {
            throw ValidationError("'\(listen)' is not an IPv4 address and port, such as 127.0.0.1:8080")
        }
        do {
            try await LoneControlPlane.serve(databasePath: database, seedPath: seed, at: endpoint) { port in
                Console.print("serving http://\(endpoint.address):\(port)")
            }
        } catch {
            Console.error("mirox-rig: \(error)")
            throw ExitCode(2)
        }
    }
}
