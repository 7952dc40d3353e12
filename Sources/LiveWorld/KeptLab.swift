import Foundation
import ScenarioModel

/// What lies beside a database that outlives its lab: the secrets it was filled with, and the fixture it was made from.
struct KeptLab: Codable {
    var fixture: Fixture
    var secrets: LabSecrets

    private static let fileName = "lab.json"

    /// The secrets of the lab whose database lies there, or new ones that are kept from now on.
    ///
    /// - Throws: when the database was made from another fixture.
    static func secrets(for fixture: Fixture, databasePath: String) throws(WorldProblem) -> (
        LabSecrets, isContinued: Bool
    ) {
        let folder = URL(fileURLWithPath: databasePath).deletingLastPathComponent()
        let file = folder.appending(path: fileName)
        do {
            guard FileManager.default.fileExists(atPath: file.path) else {
                let lab = KeptLab(fixture: fixture, secrets: LabSecrets(for: fixture))
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                let data = try encoder.encode(lab)
                // For its owner only, from the first byte on.
                guard
                    FileManager.default.createFile(
                        atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
                else { throw WorldProblem(.environment, "\(file.path) cannot be written") }
                try data.write(to: file)
                return (lab.secrets, false)
            }
            let lab = try JSONDecoder().decode(KeptLab.self, from: Data(contentsOf: file))
            guard lab.fixture == fixture else {
                throw WorldProblem(
                    .environment,
                    "\(folder.path) holds a lab of '\(lab.fixture.title)', and the fixture is another or was changed since: "
                        + "take another --data, or delete the folder")
            }
            return (lab.secrets, true)
        } catch let problem as WorldProblem {
            throw problem
        } catch {
            throw WorldProblem(.environment, "\(file.path): \(error.localizedDescription)")
        }
    }
}
