import ArgumentParser
import LinuxFabric

/// What a process of this program was started as.
struct Start {
    /// `nil` outside of labs.
    var inside: Inside?
    /// Without the program's name.
    var arguments: [String]
    /// What a person asked for, if it has to be awaited.
    var command: (any AsyncParsableCommand)?

    /// Reads how this process was started; commands that need no waiting are done and over when it returns.
    ///
    /// Processes that start others fork a server for it first, so this returns in those others as well. All of it happens while there
    /// is one thread.
    static func read() -> Start {
        var start = Start(inside: Inside.claim(), arguments: Array(CommandLine.arguments.dropFirst()))
        if start.inside == nil { start.command = RigCommand.runUnlessAsynchronous() }
        while start.startsOthers, let forked = ForkServer.begin() {
            start = Start(inside: forked.inside, arguments: forked.arguments)
        }
        return start
    }

    private var startsOthers: Bool {
        inside?.role == InsideMain.conductor || command is RunCommand || command is UpCommand
    }
}
