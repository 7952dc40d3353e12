// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// One of our own modules, named as in the architecture's table of floors.
///
/// - Parameter embedded: files that are compiled into the program.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], embedded: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: embedded.map { .embedInCode($0) }, swiftSettings: house)
}

/// The tests of one module.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name), "TestRequirements"] + dependencies, exclude: exclude,
        swiftSettings: house)
}

func debian(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// The commit, as `mirox-rig --version` prints it; the Makefile tells it, since what a manifest finds out itself is remembered.
let commit = Context.environment["MIROX_RIG_COMMIT"] ?? Context.gitInformation?.currentCommit ?? "unknown"

let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let nio = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")

let package = Package(
    name: "mirox-rig",
    products: [.executable(name: "mirox-rig", targets: ["MiroxRig"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        // Floor 0: C
        .target(name: "CLinux"),
        .target(name: "CVersion", cSettings: [.define("MIROX_RIG_COMMIT", to: "\"\(commit)\"")]),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        debian("CSodium", pkgConfig: "libsodium", package: "libsodium-dev"),
        debian("CModbus", pkgConfig: "libmodbus", package: "libmodbus-dev"),
        debian("CSSH", pkgConfig: "libssh", package: "libssh-dev"),

        // Floor 1: values in, values out; no clock, no chance, no sockets
        room("Digest"),
        room("Addressing"),
        room("Timebase"),
        room("Segmentation"),
        room("Capture", ["Addressing"]),
        room("AccessModel", ["Addressing"]),
        room("ControlProtocol", ["Addressing", "AccessModel", "Digest"]),
        room("WireGuardProtocol", ["Timebase", "Addressing", "Digest", "CCrypto", "CSodium"]),
        room("TunnelRouting", ["Timebase", "Addressing", "AccessModel", "ControlProtocol", "WireGuardProtocol"]),
        room("LinkModel", ["Timebase", "Addressing"]),
        room("DeviceModel", ["Addressing"]),
        room("ScenarioModel", ["Addressing", "AccessModel", "DeviceModel", yams]),
        room("FieldCase", ["Addressing", "AccessModel", "ControlProtocol", "ScenarioModel"]),
        room("LabProtocol", ["Addressing", "AccessModel", "Capture", "ControlProtocol", "DeviceModel", "LinkModel"]),

        // Floor 2: the shells that touch the world
        room("LinuxFabric", ["Addressing", "Segmentation", "Timebase", "CLinux"]),
        room(
            "DataPlane",
            [
                "Addressing", "AccessModel", "Capture", "TunnelRouting", "WireGuardProtocol", "ControlProtocol",
                "LinkModel", "LinuxFabric", "Segmentation", "Timebase", asyncHTTPClient,
            ] + nio),
        room(
            "ControlPlane",
            [
                "AccessModel", "Addressing", "ControlProtocol", "Digest", hummingbird,
                .product(name: "HummingbirdCore", package: "hummingbird"), grdb,
            ] + nio, embedded: ["Web/Assets"]),
        room("Browser", ["Addressing", "LinuxFabric", asyncHTTPClient] + nio),
        room(
            "PlantDevices",
            ["Addressing", "DeviceModel", "CLinux", "CModbus", "CSSH", "CSodium", crypto, nioSSL] + nio),

        // Floor 3: whole processes and whole labs
        room(
            "Roles",
            [
                "Addressing", "AccessModel", "Capture", "ControlProtocol", "LabProtocol", "LinkModel", "ScenarioModel",
                "WireGuardProtocol", "LinuxFabric", "DataPlane", "ControlPlane", "DeviceModel", "PlantDevices",
            ]),
        room(
            "LiveWorld",
            [
                "Addressing", "AccessModel", "Capture", "ControlProtocol", "LabProtocol", "LinkModel", "ScenarioModel",
                "WireGuardProtocol", "LinuxFabric", "DeviceModel", "PlantDevices", "Digest", "Timebase", "CSSH",
                "Browser",
                asyncHTTPClient, nioSSL,
            ] + nio),
        room("ScenarioRunner", ["Addressing", "AccessModel", "ScenarioModel", "CSodium"]),

        // Floor 4: the command line
        .executableTarget(
            name: "MiroxRig",
            dependencies: [
                "Addressing", "AccessModel", "ControlProtocol", "DeviceModel", "FieldCase", "LabProtocol",
                "LinuxFabric", "Roles",
                "LiveWorld", "ScenarioModel", "ScenarioRunner",
                "CVersion",
                argumentParser,
            ],
            swiftSettings: house),

        // What the benchmarks send and answer
        .executableTarget(
            name: "Workload",
            dependencies: [
                "AccessModel", "Addressing", "ControlProtocol", "DataPlane", "LinkModel", "LinuxFabric", "Timebase",
                "WireGuardProtocol",
            ], path: "Tests/Benchmarks/Workload", swiftSettings: house),
        // Benchmarks
        .executableTarget(
            name: "DeviceBench", dependencies: ["DeviceModel", "PlantDevices"], path: "Tests/Benchmarks/DeviceBench",
            swiftSettings: house),
        // Measured in release: make bench-control
        .executableTarget(
            name: "ControlBenchmarks",
            dependencies: [
                "AccessModel", "Addressing", "ControlPlane", "ControlProtocol", "DataPlane", "Timebase",
                "TunnelRouting",
                asyncHTTPClient,
            ] + nio, path: "Tests/Benchmarks/Control", swiftSettings: house),

        .testTarget(name: "ArchitectureTests", swiftSettings: house),
        tests("Digest"),
        tests("Addressing"),
        tests("AccessModel", ["Addressing"]),
        tests("Segmentation", ["Addressing"]),
        tests("Capture", ["Addressing"]),
        tests("ControlProtocol", ["Addressing", "AccessModel"]),
        tests(
            "WireGuardProtocol", ["Timebase", "Addressing", "Digest", "CTestHooks"], exclude: ["CASES.md"]),
        tests(
            "TunnelRouting",
            [
                "Timebase", "Addressing", "AccessModel", "ControlProtocol", "WireGuardProtocol", "CTestHooks",
            ]),
        tests("LinkModel", ["Timebase", "Addressing"]),
        tests("FieldCase", ["Addressing", "AccessModel", "ControlProtocol", "ScenarioModel"]),
        tests("ScenarioModel", ["Addressing", "AccessModel", "DeviceModel"]),
        // The entries that strangers' bytes come in by, for libFuzzer and for the tests
        .target(
            name: "FuzzEntries",
            dependencies: [
                "Addressing", "AccessModel", "ControlProtocol", "Timebase", "TunnelRouting", "WireGuardProtocol",
            ], path: "Tests/FuzzEntries", swiftSettings: house),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzEntries"], swiftSettings: house),
        // Counts what the test program allocates, and fails what it sends
        .target(name: "CTestHooks", path: "Tests/CTestHooks"),
        // Tests that need namespaces: run again in a process that enters them before main
        .target(name: "CTestInside", dependencies: ["CLinux"], path: "Tests/CTestInside"),
        .target(
            name: "TestInside", dependencies: ["CTestInside", "LinuxFabric"], path: "Tests/TestInside",
            swiftSettings: house),
        .target(name: "TestRequirements", path: "Tests/TestRequirements", swiftSettings: house),
        .target(
            name: "TestReports", dependencies: ["Addressing", "AccessModel", "ScenarioModel", "ScenarioRunner"],
            path: "Tests/TestReports", swiftSettings: house),
        tests("LinuxFabric", ["Addressing", "CTestHooks", "CTestInside", "TestInside", "Timebase"]),
        tests(
            "DataPlane",
            [
                "Addressing", "AccessModel", "ControlProtocol", "LinuxFabric", "TunnelRouting",
                "WireGuardProtocol", "LinkModel", "Timebase", "Capture", "CTestHooks", "CTestInside",
                "TestInside",
            ] + nio),
        tests(
            "ControlPlane",
            [
                "AccessModel", "Addressing", "ControlProtocol",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ], exclude: ["Clients"]),
        tests(
            "Browser",
            [
                "AccessModel", "Addressing", "ControlPlane", "ControlProtocol", "ScenarioRunner", "TestReports",
                asyncHTTPClient,
            ] + nio,
            exclude: ["Clients"]),
        tests("PlantDevices", ["Addressing", "DeviceModel"], exclude: ["Clients"]),
        tests("LiveWorld", ["Addressing", "CTestInside", "LinuxFabric", "ScenarioModel", "TestInside", "Timebase"]),
        tests("ScenarioRunner", ["Addressing", "AccessModel", "DeviceModel", "ScenarioModel", "TestReports"]),
        .testTarget(
            name: "LiveTests", dependencies: ["Browser", "MiroxRig", "TestRequirements"], exclude: ["Clients"],
            swiftSettings: house),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)
