import ArgumentParser

/// `mirox-rig`.
struct RigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirox-rig",
        abstract:
            "A fleet of solar plants, its VPN and its control plane on one machine, and scenarios that prove who can reach what.",
        version: Version.text,
        subcommands: [
            RunCommand.self, CheckCommand.self, ListCommand.self, ExplainCommand.self, UpCommand.self, ExecCommand.self,
            ShellCommand.self, ConfCommand.self, TokenCommand.self, StatusCommand.self, DoctorCommand.self,
        ])

    /// Reads the arguments and does what they say; on this thread for as long as the command is not asynchronous.
    static func runFromCommandLine() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }
}
