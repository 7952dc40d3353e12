import Glibc
import LinuxFabric
import ScenarioModel
import Synchronization

/// A program that a scenario started in a laptop's network, with what it has printed so far.
final class KeptProgram: Sendable {
    /// More output than this is counted as ended text, and the rest is thrown away.
    static let outputLimitBytes = 1 << 20

    private let program: ChildProgram
    private let output = Mutex<[UInt8]>([])
    private let drained = OneShot<Bool>()

    /// - Parameter ended: told the exit status, 128 and the signal's number for a signal.
    init(_ command: String, in namespace: NetworkNamespace, ended: @escaping @Sendable (Int32) -> Void) throws {
        var pipe = try Pipe()
        let writing = pipe.writingNumber
        program = try ChildProgram(
            .init(
                executable: "/bin/bash", arguments: ["-c", command],
                environment: [
                    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": LabLayout.home,
                    "LC_ALL": "C.UTF-8", "GATEWAY": "\(LabLayout.gatewayTunnelAddress)",
                ], network: namespace, output: writing, error: writing))
        pipe.closeWriting()
        let number = pipe.takeReading().release()
        try BlockingCall.start(name: "program") { [self] in
            drain(Descriptor(owning: number))
            drained.set(true)
            ended(program.waitForEndBlocking().code)
        }
    }

    private func drain(_ reading: consuming Descriptor) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(reading.number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            output.withLock { kept in
                let room = Self.outputLimitBytes - kept.count
                kept += buffer[..<min(count, max(0, room))]
            }
        }
    }

    var now: ProgramSighting {
        ProgramSighting(
            exitStatus: program.status.map { Int($0.code) },
            output: String(decoding: output.withLock { $0 }, as: UTF8.self))
    }

    func waitForEnd() async {
        _ = await program.waitForEnd()
        _ = await drained.get()
    }

    func end() { program.signalGroup(SIGKILL) }
}
