import AccessModel
import Addressing
import ControlProtocol
import Foundation
import WireGuardProtocol

/// The keys of enrolled agents in a folder that outlives the lab, a file each, for its owner only.
struct AgentKeys: Sendable {
    /// `nil`: nothing is kept.
    let folder: String?

    private struct Kept: Codable {
        var privateKey: String
        var enrolment: Enrolment
    }

    private func file(of agent: AgentID) -> String? {
        folder.map { "\($0)/\(agent.text.replacing("/", with: "_")).json" }
    }

    func load(_ agent: AgentID) -> (key: PrivateKey, enrolment: Enrolment)? {
        guard let file = file(of: agent), let data = FileManager.default.contents(atPath: file),
            let kept = try? JSONDecoder().decode(Kept.self, from: data),
            let bytes = Base64.decode(kept.privateKey.utf8),
            let key = PrivateKey(bytes: bytes)
        else { return nil }
        return (key, kept.enrolment)
    }

    func save(_ agent: AgentID, key: [UInt8], enrolment: Enrolment) throws {
        guard let folder, let file = file(of: agent) else { return }
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try? manager.removeItem(atPath: file)
        let data = try JSONEncoder().encode(Kept(privateKey: Base64.encode(key), enrolment: enrolment))
        guard manager.createFile(atPath: file, contents: data, attributes: [.posixPermissions: 0o600]) else {
            throw RoleFault(description: "\(file) cannot be written")
        }
    }

    func forget(_ agent: AgentID) {
        if let file = file(of: agent) { try? FileManager.default.removeItem(atPath: file) }
    }
}
