// Inside a lab the first line acts before any `await`, while there is one thread; outside too: `exec` and `shell` enter a lab, which
// only a program with one thread can.
let start = Start.read()
if let inside = start.inside {
    await InsideMain.run(inside, arguments: start.arguments)
} else if var command = start.command {
    await RigCommand.run(&command)
}
