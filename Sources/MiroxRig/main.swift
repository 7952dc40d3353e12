import LinuxFabric

// Inside a lab the first lines act before any `await`, while there is one thread; outside too: `exec` and `shell` enter a lab, which
// only a program with one thread can.
if let inside = Inside.claim() {
    await InsideMain.run(inside, arguments: Array(CommandLine.arguments.dropFirst()))
} else if var command = RigCommand.runUnlessAsynchronous() {
    await RigCommand.run(&command)
}
