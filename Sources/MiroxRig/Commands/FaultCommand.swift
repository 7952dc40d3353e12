import ArgumentParser
import LabProtocol

/// The command `mirox-rig fault`.
struct FaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault", abstract: "Make something go wrong in a served lab, or put it right again.",
        discussion: """
            The words are those of the scenarios' verb 'fault', as KEY=VALUE; a device is named PLANT/DEVICE:
              mirox-rig fault park-a/inverter-1 silent=true
              mirox-rig fault park-a/inverter-1 delay=400ms jitter=100ms --id lazy
              mirox-rig fault park-a/inverter-1 reboot=3s
              mirox-rig fault uplink-of=park-a loss=20%
              mirox-rig fault --heal lazy
              mirox-rig fault --heal-all
            """)

    @OptionGroup var lab: LabOption

    @Option(help: "A name, for --heal.")
    var id: String?

    @Option(help: "Put right what goes by this name.")
    var heal: String?

    @Flag(help: "Put everything right.")
    var healAll = false

    @Argument(help: "PLANT/DEVICE and what is wrong, as KEY=VALUE.")
    var words: [String] = []

    func validate() throws {
        let asked = [heal != nil, healAll, !words.isEmpty].count { $0 }
        guard asked == 1 else {
            throw ValidationError("say what is wrong, or --heal ID, or --heal-all: one of the three")
        }
    }

    func run() throws {
        if let heal { return try Question.ask(.heal(id: heal), of: lab) }
        if healAll { return try Question.ask(.heal(id: nil), of: lab) }
        try Question.ask(.fault(try mapping()), of: lab)
    }

    /// The words as the scenario language has them.
    private func mapping() throws -> String {
        var entries: [String] = []
        for (index, word) in words.enumerated() {
            let sides = word.split(separator: "=", maxSplits: 1)
            if sides.count == 2 {
                entries.append("\(sides[0]): \(sides[1])")
            } else if index == 0, case let parts = word.split(separator: "/"), parts.count == 2 {
                entries += ["plant: \(parts[0])", "device: \(parts[1])"]
            } else {
                throw ValidationError("'\(word)' is neither PLANT/DEVICE nor KEY=VALUE")
            }
        }
        if let id { entries.append("id: \(id)") }
        return "{ \(entries.joined(separator: ", ")) }"
    }
}
