import ArgumentParser
import LinuxFabric
import LiveWorld

/// The command `mirox-rig exec NODE -- COMMAND…`.
struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a program at a node of a served lab.",
        discussion:
            "NODE is a laptop (anna/laptop), plant/NAME, gateway or internet. The program's exit status is passed on.")

    @OptionGroup var lab: LabOption

    @Argument(help: "Where to run it.")
    var node: String

    @Argument(parsing: .postTerminator, help: "The program and its arguments, after --.")
    var command: [String] = []

    func run() throws {
        guard !command.isEmpty else { throw RigFault.usage("exec needs a program: mirox-rig exec \(node) -- curl …") }
        throw ExitCode(try Desk.run(command, at: node, of: try lab.find()))
    }
}

/// The command `mirox-rig shell NODE`.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Open a shell at a node of a served lab.")

    @OptionGroup var lab: LabOption

    @Argument(help: "A laptop (anna/laptop), plant/NAME, gateway or internet.")
    var node: String

    func run() throws {
        let shell = ProcessEnvironment.current["SHELL"] ?? "/bin/sh"
        // The prompt says where one is: Debian's bash puts the first in front of its own, plain shells take the second.
        let prompt = ["debian_chroot": node, "PS1": "(\(node)) # "]
        throw ExitCode(try Desk.run([shell], at: node, of: try lab.find(), adding: prompt))
    }
}

/// A place at a node of a lab, where any program can be started.
///
/// Only for a process that still has one thread.
enum Desk {
    static func run(
        _ command: [String], at node: String, of lab: LabRegistry.Entry, adding variables: [String: String] = [:]
    ) throws -> Int32 {
        let nodes = lab.detail.split(separator: " ").map(String.init)
        guard nodes.contains(node) else {
            throw RigFault.usage("the lab '\(lab.name)' has no node '\(node)'; it has \(nodes.joined(separator: ", "))")
        }
        var environment = ProcessEnvironment.current.merging(variables) { $1 }
        environment["HOME"] = LabNodes.home
        environment["MIROX_RIG_NODE"] = node
        do {
            return try Lab.join(initPid: lab.initPid, node: node, arguments: command, environment: environment)
        } catch {
            throw RigFault.environment("\(error)")
        }
    }
}
