import Foundation
import ScenarioModel

/// The words behind `run`, with what environment and file say added.
///
/// The command line wins over `MIROX_RIG_*`, that over the profile, that over the rest of `mirox-rig.yaml`.
enum RunArguments {
    static let file = "mirox-rig.yaml"

    /// Every option of `run` that has a default of its own elsewhere; a test holds it to the command.
    static let options: [String: RunDefaults.OptionKind] = [
        "tag": .values, "not-tag": .values, "filter": .value, "jobs": .value, "shard": .value, "retries": .value,
        "flaky": .value, "repeat": .value, "until-fail": .flag, "seed": .value, "fail-fast": .flag,
        "allow-empty": .flag, "time-factor": .value, "timeout": .value, "global-timeout": .value, "keep": .value,
        "watch": .values, "quiet": .flag, "verbose": .flag, "color": .value, "progress": .value, "junit": .value,
        "events": .value, "html": .value, "ctrf": .value, "github": .flag, "out": .value,
    ]

    private static let short = ["-j": "jobs", "-q": "quiet", "-v": "verbose"]

    /// - Parameter arguments: without the program's name.
    static func completed(
        _ arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> [String] {
        guard arguments.first == "run" else { return arguments }
        let said = Set(arguments.dropFirst().compactMap(name))
        let profile = value(of: "profile", in: arguments) ?? environment["MIROX_RIG_PROFILE"]
        let defaults = try fileDefaults(profile: profile).values
        var added: [String] = []
        for (name, kind) in options.sorted(by: { $0.key < $1.key }) where !said.contains(name) {
            let variable = "MIROX_RIG_" + name.uppercased().replacing("-", with: "_")
            let fromEnvironment = environment[variable].map { kind == .values ? split($0) : [$0] }
            for value in fromEnvironment ?? defaults[name] ?? [] {
                guard kind == .flag else {
                    added.append("--\(name)=\(value)")
                    continue
                }
                if ["true", "1"].contains(value) { added.append("--\(name)") }
            }
        }
        return ["run"] + added + arguments.dropFirst()
    }

    private static func fileDefaults(profile: String?) throws -> RunDefaults {
        let text: String?
        do throws(UnreadableFile) { text = try ScenarioFiles.read(file) } catch {
            throw RigFault.ending(2, "\(file):\(error.line): \(error.message)")
        }
        guard let text else {
            guard let profile else { return RunDefaults() }
            throw RigFault.usage("there is no \(file) in this folder that could hold the profile '\(profile)'")
        }
        do throws(InvalidScenario) {
            return try RunDefaults.read(SourceText(path: file, text: text), profile: profile, options: options)
        } catch {
            throw RigFault.ending(2, error.rendered, isRigs: false)
        }
    }

    /// `--retries=2` and `--retries` say `retries`, `-j4` says `jobs`.
    private static func name(_ word: String) -> String? {
        if word.hasPrefix("--") { return String(word.dropFirst(2).prefix { $0 != "=" }) }
        return short[String(word.prefix(2))]
    }

    private static func value(of name: String, in arguments: [String]) -> String? {
        for (index, word) in arguments.enumerated() {
            if word.hasPrefix("--\(name)=") { return String(word.dropFirst(name.count + 3)) }
            if word == "--\(name)", arguments.indices.contains(index + 1) { return arguments[index + 1] }
        }
        return nil
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
