import AccessModel
import Addressing
import ScenarioModel
import WireGuardProtocol

/// What nobody outside a lab may know: keys and tokens, made anew for each lab, or kept with its database.
struct LabSecrets: Sendable, Codable {
    /// 32 bytes.
    let gatewayKey: [UInt8]
    let gatewayToken: String
    let labToken: String
    private(set) var people: [PersonID: String] = [:]
    private(set) var enrolment: [AgentID: String] = [:]

    init(for fixture: Fixture) {
        var source = SystemRandomNumberGenerator()
        gatewayKey = Self.bytes(32, from: &source)
        gatewayToken = Self.token(from: &source)
        labToken = Self.token(from: &source)
        for person in fixture.people { people[person] = Self.token(from: &source) }
        for (agent, _) in fixture.plants.flatMap(\.agents) { enrolment[agent] = Self.token(from: &source) }
    }

    static func bytes(_ count: Int, from source: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &source) }
    }

    private static func token(from source: inout some RandomNumberGenerator) -> String {
        Base64.encode(bytes(24, from: &source))
    }
}
