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

    /// - Parameter folder: of everything that a run writes; `nil`: none was named.
    func folder(in folder: String?) throws -> CaptureFolder? {
        guard capture != .off else { return nil }
        do {
            return CaptureFolder(
                path: try Folder.made("\(folder ?? "out")/\(Artefacts.captures)"), isBesideEvents: folder != nil,
                mode: capture)
        } catch {
            throw RigFault.ending(
                6, "--capture: \(folder ?? "out")/\(Artefacts.captures) cannot be made: \(error.localizedDescription)")
        }
    }
}

/// Where the captures of a run lie, one for each scenario.
struct CaptureFolder: Sendable {
    static let limitBytes: UInt64 = 64 << 20

    let path: String
    /// Whether it lies in the folder that the file of events lies in.
    let isBesideEvents: Bool
    let mode: CaptureMode

    /// Opens the file of a scenario's attempt, empty.
    func begin(_ job: Job) throws(LinuxError) -> ScenarioCapture {
        let label = String(job.label.map { $0.isLetter || $0.isNumber || "._-#".contains($0) ? $0 : "_" }.prefix(150))
        let name = "\(label)\(job.attempt > 1 ? "-attempt-\(job.attempt)" : "").pcapng"
        let file = "\(path)/\(name)"
        return ScenarioCapture(
            path: file, shownPath: isBesideEvents ? "\(Artefacts.captures)/\(name)" : file, name: name,
            file: try AppendingFile(file, creating: true), isAlwaysKept: mode == .on)
    }
}

/// The capture of one scenario while it runs.
struct ScenarioCapture: Sendable {
    let path: String
    /// As reports name it.
    let shownPath: String
    let name: String
    let file: AppendingFile
    let isAlwaysKept: Bool

    /// Keeps the file or throws it away, and says where it lies.
    ///
    /// - Returns: `nil` when it was thrown away.
    func end(passed: Bool) -> RunEvent.Attachment? {
        guard !passed || isAlwaysKept else {
            unlink(path)
            return nil
        }
        if !passed { Console.error("capture: \(path)") }
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
        return RunEvent.Attachment(
            name: name, path: shownPath, mediaType: "application/x-pcapng", byteCount: size ?? 0)
    }
}
