import ArgumentParser
import LinuxFabric

/// Which served lab is meant.
struct LabOption: ParsableArguments {
    @Option(name: .long, help: "The lab's name, when several run.")
    var lab: String?

    /// The lab of that name, or the only one that runs.
    func find() throws -> LabRegistry.Entry {
        if let lab {
            if let entry = LabRegistry.find(lab) { return entry }
            throw RigFault.usage("no lab '\(lab)' of yours runs here\(Self.those(LabRegistry.names()))")
        }
        let labs = LabRegistry.list()
        guard let only = labs.first else {
            throw RigFault.usage("no lab of yours runs here; start one with: mirox-rig up Fixtures/sites/nordwind.yaml")
        }
        guard labs.count == 1 else {
            throw RigFault.usage("several labs run here; say which with --lab\(Self.those(labs.map(\.name)))")
        }
        return only
    }

    private static func those(_ names: [String]) -> String {
        names.isEmpty ? "" : ": \(names.joined(separator: ", "))"
    }
}

/// What a command says before it ends with a status of its own.
enum RigFault {
    /// Wrong words on the command line, exit code 64.
    static func usage(_ message: String) -> any Error {
        ending(64, message)
    }

    /// The environment does not allow it, exit code 3.
    static func environment(_ message: String) -> any Error {
        ending(3, message)
    }

    /// - Parameter isRigs: whether the program's name stands before the message.
    static func ending(_ code: Int32, _ message: String, isRigs: Bool = true) -> any Error {
        Console.error(isRigs ? "mirox-rig: \(message)" : message)
        return ExitCode(code)
    }

    static var nothingSelected: any Error { ending(4, "nothing selected: no scenario is what was asked for") }
}
