import Foundation
import Glibc
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
        try claim(folder.path)
        do {
            guard FileManager.default.fileExists(atPath: file.path) else {
                guard !FileManager.default.fileExists(atPath: databasePath) else {
                    throw WorldProblem(
                        .environment,
                        "\(file.path) is gone, and nobody can use the database beside it: delete the folder")
                }
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
            guard FileManager.default.fileExists(atPath: databasePath) else {
                throw WorldProblem(
                    .environment, "\(databasePath) is gone, and \(fileName) beside it belongs to it: delete the folder")
            }
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

    /// Holds the folder for as long as this process lives: two labs would write into one database.
    private static func claim(_ folder: String) throws(WorldProblem) {
        let number = open("\(folder)/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw WorldProblem(.environment, "\(folder)/lock cannot be written") }
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            close(number)
            throw WorldProblem(.environment, "\(folder) is in use by another lab: end that one, or take another --data")
        }
    }
}
