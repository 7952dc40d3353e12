import CLinux
import Glibc

/// A lab: one process tree in user, network, mount and PID namespaces of its own.
package enum Lab {
    /// What to start as the lab's first program.
    package struct Request: Sendable {
        package var name: String
        package var role: String
        package var executable: String
        /// Without the program's name.
        package var arguments: [String]
        /// The marks of `Inside` are added.
        package var environment: [String: String]
        /// Open descriptors that the program gets under their own numbers, told by name; they stay open here too.
        package var descriptors: [String: Int32]

        package init(
            name: String, role: String, executable: String = ForkServer.executable, arguments: [String] = [],
            environment: [String: String] = ProcessEnvironment.current, descriptors: [String: Int32] = [:]
        ) {
            self.name = name
            self.role = role
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.descriptors = descriptors
        }
    }

    /// Starts a lab and returns when its first program runs (about 5 ms), or says why it cannot.
    ///
    /// The program's standard input is /dev/null; its output is ours. Whatever happens to this process, the lab does not outlive it.
    package static func launch(_ request: Request) throws(EnvironmentProblem) -> LabProcess {
        let program: Descriptor
        do {
            program = try Descriptor.open(request.executable)
        } catch {
            throw EnvironmentProblem(step: .exec, number: error.number)
        }
        return try launch(request, program: program.number)
    }

    /// Makes a lab without a program, tries in it what labs need, and takes it away.
    package static func tryOut() throws(EnvironmentProblem) {
        let lab = try launch(Request(name: "try-out", role: "none", environment: [:]), program: -1)
        if let problem = lab.problem { throw problem }
    }

    private static func launch(
        _ request: Request, program: Int32
    ) throws(EnvironmentProblem) -> LabProcess {
        let started = OneShot<Result<LabProcess, EnvironmentProblem>>()
        do {
            // The lab lives as long as the thread that forked it, so it has one of its own.
            try PinnedThread.start(name: "lab \(request.name)") {
                LabThread.run(request, program: program, started)
            }
        } catch {
            throw EnvironmentProblem(step: .fork, number: error.number)
        }
        return try started.wait().get()
    }
}

/// What the thread of one lab does: fork, read reports, wait for the end.
private enum LabThread {
    static func run(
        _ request: Lab.Request, program: Int32, _ started: OneShot<Result<LabProcess, EnvironmentProblem>>
    ) {
        do throws(EnvironmentProblem) {
            let (process, keeper) = try start(request, program: program)
            started.set(.success(process))
            process.ended(waitForChild(keeper))
        } catch {
            started.set(.failure(error))
        }
    }

    private static func start(
        _ request: Lab.Request, program: Int32
    ) throws(EnvironmentProblem) -> (LabProcess, pid_t) {
        let keeper: pid_t
        var reports: (initPid: Int32?, problem: EnvironmentProblem?)
        do throws(LinuxError) {
            var pipe = try Pipe()
            keeper = try fork(request, program: program, report: pipe.writingNumber)
            pipe.closeWriting()
            reports = read(from: pipe.readingNumber)
        } catch {
            throw EnvironmentProblem(step: .fork, number: error.number)
        }
        if let problem = reports.problem, program >= 0 || reports.initPid == nil {
            _ = waitForChild(keeper)
            throw problem
        }
        guard let initPid = reports.initPid else {
            _ = waitForChild(keeper)
            throw EnvironmentProblem(step: .initProcess, number: ECHILD)
        }
        do throws(LinuxError) {
            let process = try LabProcess(keeper: keeper, initPid: initPid, problem: reports.problem)
            return (process, keeper)
        } catch {
            Glibc.kill(keeper, SIGKILL)
            _ = waitForChild(keeper)
            throw EnvironmentProblem(step: .fork, number: error.number)
        }
    }

    private static func fork(_ request: Lab.Request, program: Int32, report: Int32) throws(LinuxError) -> pid_t {
        let arguments = CStrings([request.executable] + request.arguments)
        let marks = Inside.environment(role: request.role, lab: request.name, descriptors: request.descriptors)
        let environment = CStrings(environment: request.environment.merging(marks) { $1 })
        let passed = request.descriptors.values.sorted()
        if program >= 0, request.executable == ForkServer.executable, let server = ForkServer.current,
            let keeper = server.fork(arguments, environment: environment, descriptors: passed, report: report)
        {
            return keeper
        }
        let keeper = passed.withUnsafeBufferPointer { passed in
            var raw = clinux_launch_request()
            raw.executable = program
            raw.arguments = UnsafePointer(arguments.pointers)
            raw.environment = UnsafePointer(environment.pointers)
            raw.passed = passed.baseAddress
            raw.passed_count = passed.count
            return clinux_launch(&raw, report)
        }
        withExtendedLifetime((arguments, environment)) {}
        return try check(keeper, "starting a lab")
    }

    /// Until the program runs (exec closes the pipe) or everything has ended.
    private static func read(from pipe: Int32) -> (initPid: Int32?, problem: EnvironmentProblem?) {
        var initPid: Int32?
        var problem: EnvironmentProblem?
        var report = clinux_report()
        let size = MemoryLayout<clinux_report>.size
        while true {
            let count = Glibc.read(pipe, &report, size)
            if count < 0 && errno == EINTR { continue }
            guard count == size else { return (initPid, problem) }
            if report.step == 0 {
                initPid = report.pid
            } else {
                problem =
                    problem ?? EnvironmentProblem(step: .init(rawValue: report.step) ?? .fork, number: report.error)
            }
        }
    }

    private static func waitForChild(_ pid: pid_t) -> ProgramStatus {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return .signaled(SIGKILL) }
        }
        return ProgramStatus(waitStatus: status)
    }
}
