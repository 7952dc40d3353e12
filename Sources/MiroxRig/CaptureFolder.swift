import ArgumentParser
import Foundation
import LinuxFabric
import ScenarioRunner

/// When packets are kept.
enum CaptureMode: String, ExpressibleByArgument, CaseIterable {
    case off
    case onFailure = "on-failure"
    case on
}

/// The flags about captures of scenarios.
struct CaptureFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep the packets of each scenario in a pcapng file that Wireshark opens with its keys: off, on-failure or on.",
            discussion: "The files lie in the folder captures of the output folder; each ends at 64 MB."))
    var capture = CaptureMode.off

    /// - Parameter output: the folder of everything that a run writes.
    func folder(in output: String) throws -> CaptureFolder? {
        guard capture != .off else { return nil }
        do {
            return CaptureFolder(path: try Folder.made("\(output)/captures"), mode: capture)
        } catch {
            throw RigFault.ending(6, "--capture: \(output)/captures cannot be made: \(error.localizedDescription)")
        }
    }
}

/// Where the captures of a run lie, one for each scenario.
struct CaptureFolder: Sendable {
    static let limitBytes: UInt64 = 64 << 20

    let path: String
    let mode: CaptureMode

    /// Opens the file of a scenario, empty.
    func begin(_ job: Job) throws(LinuxError) -> ScenarioCapture {
        let name = String(job.label.map { $0.isLetter || $0.isNumber || "._-#".contains($0) ? $0 : "_" }.prefix(150))
        let file = "\(path)/\(name).pcapng"
        return ScenarioCapture(path: file, file: try AppendingFile(file, creating: true), isAlwaysKept: mode == .on)
    }
}

/// The capture of one scenario while it runs.
struct ScenarioCapture: Sendable {
    let path: String
    let file: AppendingFile
    let isAlwaysKept: Bool

    /// Keeps the file or throws it away, and says where it lies.
    func end(passed: Bool) {
        if passed, !isAlwaysKept {
            unlink(path)
        } else if !passed {
            Console.error("capture: \(path)")
        }
    }
}
