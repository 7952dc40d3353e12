import CLinux
import Glibc

/// A running lab, seen from outside.
package final class LabProcess: Sendable {
    /// The lab's init by its pid on the host: what `Lab.join` enters.
    package let initPid: Int32
    /// What a try-out found; always `nil` for a lab with a program.
    let problem: EnvironmentProblem?
    private let keeper: Descriptor
    private let end = OneShot<ProgramStatus>()

    init(keeper: pid_t, initPid: Int32, problem: EnvironmentProblem?) throws(LinuxError) {
        self.keeper = Descriptor(owning: try check(clinux_pidfd_open(keeper), "watching a lab"))
        self.initPid = initPid
        self.problem = problem
    }

    func ended(_ status: ProgramStatus) {
        end.set(status)
    }

    /// Waits for the lab's first program to end, and with it everything inside.
    ///
    /// A program that a signal ended counts as exited with 128 + signal, as in a shell, and so does a lab that was killed.
    package func waitForEnd() async -> ProgramStatus {
        await end.get()
    }

    /// The same for a thread that may block.
    package func waitForEndBlocking() -> ProgramStatus {
        end.wait()
    }

    /// How it ended; `nil` while it runs.
    package var status: ProgramStatus? { end.value }

    /// Asks the lab's first program to end.
    package func terminate() {
        // A lab that has already ended needs no signal; the same below.
        clinux_pidfd_signal(keeper.number, SIGTERM)
    }

    /// Ends everything inside at once.
    package func kill() {
        // The keeper kills the init and takes it away, so that nothing is left to the host's init.
        clinux_pidfd_signal(keeper.number, Int32(CLINUX_LAB_KILL))
    }
}
