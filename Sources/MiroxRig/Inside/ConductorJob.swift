import AccessModel
import Addressing
import ScenarioModel
import ScenarioRunner

/// What the program outside tells the conductor to do: the first line of their conversation.
enum ConductorJob: Codable, Sendable {
    case run(Run)
    case serve(Serve)

    /// One scenario, once.
    struct Run: Codable, Sendable {
        var instance: Instance
        var settings: RunSettings
        var seed: UInt64
    }

    /// A lab that stays up.
    struct Serve: Codable, Sendable {
        var fixture: Fixture
        var fixturePath: String
        var name: String
        var seed: UInt64
        /// A file on the host; `nil`: the database goes with the lab.
        var databasePath: String?
        /// The control plane's address on the host.
        var web: Endpoint
        /// The exposed gateway's address on the host.
        var exposed: Endpoint?
        /// The gateway's place is left free.
        var isGatewayExternal = false
    }
}

/// What the conductor tells the program outside, a line each.
enum ConductorReport: Codable, Sendable {
    /// A lab comes up as soon as somebody takes the gateway's place.
    case gatewayAwaited
    /// A served lab is ready; with the tokens of the agents that are to come from elsewhere.
    case ready(enrolments: [PlantID: String])
    case event(RunEvent)
    /// The run stands still and the lab answers other terminals.
    case held(Hold)
    /// The lab did not come up.
    case problem(String)
}
