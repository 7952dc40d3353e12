import ArgumentParser
import Foundation
import LabProtocol
import LinuxFabric

/// The command `mirox-rig capture`.
struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Capture the packets of a served lab, all nodes in one pcapng file, until Ctrl-C.",
        discussion: """
            The file holds the gateway's keys and no person's, so Wireshark opens the tunnels by itself; all of them shake hands anew when \
            the capture begins. To look on: mirox-rig capture | wireshark -k -i -
            """)

    @OptionGroup var lab: LabOption

    @Option(help: "The file to write; without it the packets go to standard output, for a pipe.", completion: .file())
    var out: String?

    @Option(help: "End after so many seconds.")
    var seconds: Double?

    func validate() throws {
        if let seconds, !(seconds > 0 && seconds <= 86_400) {
            throw ValidationError("--seconds takes a number above 0, up to 86400")
        }
    }

    func run() throws {
        if let out {
            // The program inside inherits it as its standard output.
            let file = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            guard file >= 0, dup2(file, STDOUT_FILENO) >= 0 else {
                throw RigFault.ending(6, "\(out) cannot be written: \(String(cString: strerror(errno)))")
            }
            close(file)
        } else if isatty(STDOUT_FILENO) == 1 {
            throw RigFault.usage("capture writes no packets to a terminal; say --out FILE, or | wireshark -k -i -")
        }
        try Question.ask(.capture(true), of: lab, words: [CaptureCopy.word, seconds.map { "\($0)" } ?? ""])
    }
}
