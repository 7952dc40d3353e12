import ArgumentParser

/// `mirox-rig`.
struct RigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirox-rig",
        abstract:
            "A fleet of solar plants, its VPN and its control plane on one machine, and scenarios that prove who can reach what.",
        version: Version.text,
        subcommands: [
            RunCommand.self, CheckCommand.self, ListCommand.self, ExplainCommand.self, SchemaCommand.self,
            RequirementsCommand.self, UpCommand.self, ExecCommand.self,
            ReportCommand.self, DoCommand.self,
            ExplainPacketCommand.self, ResumeCommand.self, RecordCommand.self, ExportCommand.self, ImportCommand.self,
            ShellCommand.self, ConfCommand.self, TokenCommand.self, StatusCommand.self, FaultCommand.self,
            CaptureCommand.self, DoctorCommand.self, AuditCommand.self, ControlPlaneCommand.self,
            GatewayCommand.self, AgentCommand.self,
        ])

    /// Reads the arguments and does what they say, on this thread and without making another.
    ///
    /// - Returns: the command, when it is one that has to be awaited.
    static func runUnlessAsynchronous() -> (any AsyncParsableCommand)? {
        do {
            let words = try RunArguments.completed(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(DoCommand.withListsApart(words))
            if let asynchronous = command as? any AsyncParsableCommand { return asynchronous }
            try command.run()
            return nil
        } catch {
            end(with: error)
        }
    }

    static func run(_ command: inout any AsyncParsableCommand) async {
        do {
            try await command.run()
        } catch {
            end(with: error)
        }
    }

    /// Ends with the status that the error deserves; what nobody foresaw is an internal error.
    private static func end(with error: any Error) -> Never {
        if exitCode(for: error) == .failure, !(error is ExitCode) {
            Console.error("mirox-rig: \(error)")
            exit(withError: ExitCode(70))
        }
        exit(withError: error)
    }
}
