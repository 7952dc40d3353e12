import ArgumentParser
import LinuxFabric

// Inside a lab the first lines act before any `await`, while there is one thread; outside too: `exec` and `shell` enter a lab.
if let inside = Inside.claim() {
    await InsideMain.run(inside, arguments: Array(CommandLine.arguments.dropFirst()))
} else {
    do {
        var command = try RigCommand.parseAsRoot()
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    } catch {
        RigCommand.exit(withError: error)
    }
}
