import AccessModel
import Digest

/// An Ed25519 seed that follows from the lab's seed and what it is for: the same fixture and seed give the same keys.
struct DerivedKey {
    /// 32 bytes.
    let seed: [UInt8]

    /// - Parameter use: `host` for a host key, else the name of the user whom the key lets in.
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
}
