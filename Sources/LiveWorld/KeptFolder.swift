import Foundation
import ScenarioModel

/// What lies beside a database that outlives its lab, besides its secrets: the files of laptops, the keys of agents, the faults.
///
/// A person's private key is in the laptop's own `.conf` there and nowhere else; every file is for its owner only.
struct KeptFolder: Sendable {
    private let path: String

    /// - Parameter databasePath: the database; the rest lies beside it.
    init(databasePath: String) {
        path = URL(fileURLWithPath: databasePath).deletingLastPathComponent().path
    }

    /// The agents' keys, a file each; the process of the plants writes them.
    var agents: String { "\(path)/agents" }

    private var laptops: String { "\(path)/laptops" }

    private var faultsFile: String { "\(path)/faults.json" }

    private func file(of laptop: LaptopID) -> String { "\(laptops)/\(laptop.person)@\(laptop.name).conf" }

    func profile(on laptop: LaptopID) -> String? { try? String(contentsOfFile: file(of: laptop), encoding: .utf8) }

    func save(_ profile: String, on laptop: LaptopID) throws {
        try Self.write(Data(profile.utf8), to: file(of: laptop))
    }

    /// Faults that were there when the last lab ended.
    func faults() throws -> [Action.Fault] {
        guard let data = FileManager.default.contents(atPath: faultsFile) else { return [] }
        do {
            return try JSONDecoder().decode([Action.Fault].self, from: data)
        } catch {
            throw WorldProblem(.environment, "\(faultsFile) is damaged: delete it, and no fault comes back")
        }
    }

    func save(_ faults: [Action.Fault]) throws {
        try Self.write(JSONEncoder().encode(faults), to: faultsFile)
    }

    /// For its owner only, from the first byte on, and whole or not at all.
    private static func write(_ data: Data, to path: String) throws {
        let manager = FileManager.default
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try manager.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let fresh = path + ".new"
        try? manager.removeItem(atPath: fresh)
        guard manager.createFile(atPath: fresh, contents: data, attributes: [.posixPermissions: 0o600]) else {
            throw WorldProblem(.environment, "\(path) cannot be written")
        }
        guard rename(fresh, path) == 0 else { throw WorldProblem(.environment, "\(path) cannot be replaced") }
    }
}
