/// The plan of the house: who may import whom.
///
/// The code is held against it by `ImportTests`.
enum House {
    struct Room {
        let floor: Int
        /// Our own modules that it may import.
        let ours: Set<String>
        /// Libraries that it may import.
        let theirs: Set<String>
    }

    static let rooms: [String: Room] = [
        "Digest": Room(floor: 1, ours: [], theirs: []),
        "Addressing": Room(floor: 1, ours: [], theirs: []),
        "Timebase": Room(floor: 1, ours: [], theirs: []),
        "Segmentation": Room(floor: 1, ours: [], theirs: []),
        "Capture": Room(floor: 1, ours: ["Addressing"], theirs: []),
        "AccessModel": Room(floor: 1, ours: ["Addressing"], theirs: []),
        "ControlProtocol": Room(floor: 1, ours: ["Addressing", "AccessModel", "Digest"], theirs: []),
        "WireGuardProtocol": Room(
            floor: 1, ours: ["Addressing", "Timebase", "Digest", "CCrypto", "CSodium"], theirs: []),
        "TunnelRouting": Room(
            floor: 1, ours: ["Addressing", "Timebase", "AccessModel", "ControlProtocol", "WireGuardProtocol"],
            theirs: []),
        "LinkModel": Room(floor: 1, ours: ["Addressing", "Timebase"], theirs: []),
        "DeviceModel": Room(floor: 1, ours: ["Addressing"], theirs: []),
        "ScenarioModel": Room(floor: 1, ours: ["Addressing", "AccessModel", "DeviceModel"], theirs: ["Yams"]),
        "FieldCase": Room(
            floor: 1, ours: ["Addressing", "AccessModel", "ControlProtocol", "ScenarioModel"], theirs: []),
        "LabProtocol": Room(
            floor: 1,
            ours: ["Addressing", "AccessModel", "Capture", "ControlProtocol", "DeviceModel", "LinkModel"], theirs: []),
        "LinuxFabric": Room(
            floor: 2, ours: ["Addressing", "Segmentation", "Timebase", "CLinux"], theirs: systemLibraries),
        "DataPlane": Room(
            floor: 2,
            ours: [
                "Addressing", "Timebase", "AccessModel", "TunnelRouting", "WireGuardProtocol", "ControlProtocol",
                "LinkModel", "LinuxFabric", "Segmentation", "Capture",
            ], theirs: systemLibraries.union(["AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOFoundationCompat"])),
        "ControlPlane": Room(
            floor: 2, ours: ["AccessModel", "Addressing", "ControlProtocol", "Digest"],
            theirs: systemLibraries.union([
                "Hummingbird", "HummingbirdCore", "HTTPTypes", "GRDB", "NIOCore", "NIOPosix", "NIOHTTP1", "Logging",
                "ServiceLifecycle",
            ])),
        "Browser": Room(
            floor: 2, ours: ["Addressing", "LinuxFabric"],
            theirs: systemLibraries.union(["AsyncHTTPClient", "NIOCore", "NIOHTTP1"])),
        "PlantDevices": Room(
            floor: 2, ours: ["Addressing", "DeviceModel", "CLinux", "CModbus", "CSSH", "CSodium"],
            theirs: systemLibraries.union([
                "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "Crypto",
            ])),
        "Roles": Room(
            floor: 3,
            ours: [
                "Addressing", "AccessModel", "Timebase", "ControlProtocol", "LabProtocol", "LinkModel",
                "WireGuardProtocol", "TunnelRouting", "LinuxFabric", "DataPlane", "ControlPlane", "PlantDevices",
                "Capture", "DeviceModel",
            ], theirs: systemLibraries),
        "LiveWorld": Room(
            floor: 3,
            ours: [
                "Addressing", "AccessModel", "Timebase", "Digest", "ControlProtocol", "LabProtocol", "LinkModel",
                "ScenarioModel", "WireGuardProtocol", "LinuxFabric", "PlantDevices", "CSSH", "Browser", "Capture",
                "DeviceModel",
            ], theirs: systemLibraries.union(["AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"])),
        "ScenarioRunner": Room(
            floor: 3, ours: ["Addressing", "AccessModel", "ScenarioModel", "CSodium"], theirs: systemLibraries),
        "MiroxRig": Room(
            floor: 4,
            ours: [
                "Addressing", "AccessModel", "ControlProtocol", "DeviceModel", "FieldCase", "LabProtocol",
                "LinuxFabric", "Roles",
                "LiveWorld", "ScenarioModel",
                "ScenarioRunner", "CVersion",
            ], theirs: systemLibraries.union(["ArgumentParser"])),
    ]

    static let systemLibraries: Set<String> = ["Foundation", "Glibc", "Synchronization", "Dispatch"]

    /// C modules, floor 0: they import nothing of ours.
    static let cellar: Set<String> = ["CLinux", "CVersion", "CCrypto", "CSodium", "CModbus", "CSSH"]
}
