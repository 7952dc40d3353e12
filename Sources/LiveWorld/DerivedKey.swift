import AccessModel
import Digest
import PlantDevices
import ScenarioModel

/// An SSH key that follows from the lab's seed and what it is for: the same fixture and seed give the same keys.
struct DerivedKey {
    /// 32 bytes.
    let seed: [UInt8]

    /// - Parameter use: `host` for a host key, else `user` and a name.
    init(_ use: String, of device: String, in plant: PlantID, seed: UInt64) {
        let hash = ContentHash.of { writer in
            writer.append("mirox-rig derived key")
            writer.append(seed)
            writer.append(plant.text)
            writer.append(device)
            writer.append(use)
        }
        self.seed = hash.bytes
    }

    /// As `authorized_keys` and `known_hosts` write it.
    var publicText: String {
        get throws { try ServiceHostKey(seed: seed).publicText }
    }
}

/// The files that OpenSSH's programs look for at a technician's desk.
struct DeskFiles {
    /// Name under `.ssh` → text.
    private(set) var files: [String: String] = [:]

    init(for fixture: Fixture, seed: UInt64) throws {
        var known: [String] = []
        var clients: [String] = []
        for plant in fixture.plants {
            for device in plant.devices where device.type == .servicePC {
                let host = DerivedKey("host", of: device.name, in: plant.id, seed: seed)
                known.append("\(device.address) \(try host.publicText)")
                for user in device.users where user.hasDerivedKey {
                    let key = DerivedKey("user \(user.name)", of: device.name, in: plant.id, seed: seed)
                    let file = "\(user.name)@\(device.name).\(plant.id)"
                    clients.append("Host \(device.address)\n    IdentityFile \(LabLayout.home)/.ssh/\(file)\n")
                    files[file] = try ServiceHostKey(seed: key.seed).privateText
                }
            }
        }
        files["known_hosts"] = known.map { $0 + "\n" }.joined()
        files["config"] = clients.joined()
    }
}
