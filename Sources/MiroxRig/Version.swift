import CVersion

enum Version {
    static let text = "mirox-rig \(String(cString: mirox_rig_commit()))"
}
