import AccessModel
import ArgumentParser
import LabProtocol
import LinuxFabric

/// The command `mirox-rig conf LAPTOP`.
struct ConfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conf", abstract: "Print the WireGuard profile that lies on a laptop.",
        discussion: "The control plane has none to give: the private key never leaves the laptop.")

    @OptionGroup var lab: LabOption

    @Argument(help: "The laptop, anna/laptop.")
    var laptop: String

    func run() throws { try Question.ask(.configuration(laptop: laptop), of: lab) }
}

/// The command `mirox-rig token PERSON`.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a person's bearer token for the control plane's API.")

    @OptionGroup var lab: LabOption

    @Argument(help: "The person, anna.")
    var person: String

    func run() throws { try Question.ask(.token(.init(person)), of: lab) }
}

/// The command `mirox-rig status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the plants, agents, laptops and tunnels of a served lab.")

    @OptionGroup var lab: LabOption

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print the counters of the gateway and of every device in the text format of Prometheus.")
    var metrics = false

    func run() throws { try Question.ask(.status, of: lab, form: metrics ? .metrics : json ? .json : .text) }
}

/// A question to a lab's conductor, asked by this program run once more inside the lab: whoever may enter may ask.
enum Question {
    static func ask(_ request: LabRequest, of lab: LabOption, form: StatusText.Form = .text) throws {
        let entry = try lab.find()
        var environment = ProcessEnvironment.current
        environment.merge(Inside.environment(role: InsideMain.asker, lab: entry.name)) { $1 }
        let arguments = [try Executable.path(), try Asker.encode(request), form.rawValue]
        do {
            throw ExitCode(
                try Lab.join(initPid: entry.initPid, node: nil, arguments: arguments, environment: environment))
        } catch let problem as EnvironmentProblem {
            throw RigFault.environment("\(problem)")
        }
    }
}
