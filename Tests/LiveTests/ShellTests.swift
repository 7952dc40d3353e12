import Foundation
import Testing

extension LiveTests {
    @Suite("mirox-rig shell", .serialized)
    struct ShellTests {
        /// Typed one after the other, each at a prompt; the sleeping program shows one too.
        private static let typed = """
            tty && curl -sSi http://192.168.1.30/ | grep -i ^X-Plant
            sh -c 'printf "now# "; exec sleep 1000'
            ^C
            echo ended=$?
            exit 7

            """

        @Test(
            "a shell on a terminal says where it is, has jobs to interrupt, and passes on its exit status",
            arguments: User.available, ["/bin/bash", "/bin/sh"])
        func session(_ user: User, _ shell: String) async throws {
            let lines = FileManager.default.temporaryDirectory.appending(path: "\(Rig.freeName()).lines")
            try Self.typed.write(to: lines, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: lines) }
            try await TestLab.serving(as: user) { lab in
                let session = try await Program.run(
                    user.words + ["env", "SHELL=\(shell)", "python3", Rig.client("terminal.py"), lines.path]
                        + [Rig.path, "shell", "--lab", lab.name, "anna/laptop"], seconds: 40)
                #expect(session.output.contains("(anna/laptop)"), "\(session)")
                #expect(session.output.contains("\n/dev/pts/"), "\(session)")
                #expect(session.output.contains("X-Plant: sonnenfeld\n"), "\(session)")
                #expect(session.output.contains("\nended=130\n"), "\(session)")
                #expect(session.output.hasSuffix("\nSTATUS 7\n"), "\(session)")
                print("live: \(shell) as \(user.testDescription):\n\(session.output)")
            }
        }
    }
}
