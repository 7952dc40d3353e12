import ArgumentParser
import LinuxFabric

/// The command `mirox-rig doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what this machine allows, and say what to type where something is missing.")

    func run() throws {
        let checks = HostCheck.all()
        for check in checks {
            Console.print("\(check.outcome.mark)  \(check.subject): \(check.outcome.text)")
            if let remedy = check.remedy { Console.print("      type: \(remedy)") }
        }
        guard !checks.contains(where: \.isProblem) else { throw ExitCode(3) }
        Console.print("This machine can run labs.")
    }
}

extension HostCheck.Outcome {
    fileprivate var mark: String {
        switch self {
        case .fine: "ok     "
        case .optional: "missing"
        case .problem: "PROBLEM"
        }
    }

    fileprivate var text: String {
        switch self {
        case .fine(let text), .optional(let text), .problem(let text): text
        }
    }
}
