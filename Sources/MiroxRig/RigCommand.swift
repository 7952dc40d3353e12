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
}
