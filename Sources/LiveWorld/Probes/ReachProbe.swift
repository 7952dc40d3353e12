import Addressing
import LinuxFabric
import ScenarioModel
import Timebase

/// One fresh attempt from a laptop to a device, as a `reach` condition describes it.
///
/// Blocks; run it on a thread of its own.
struct ReachProbe: Sendable {
    let reach: Condition.Reach
    let namespace: NetworkNamespace
    let login: SSHProbe.Login?
    let limit: Span

    func run() -> Attempt {
        let deadline = Moment.now + limit
        var attempt = Attempt(outcome: .answered)
        do {
            switch reach.via {
            case .icmp: try ICMPProbe.echo(from: namespace, to: reach.target.address, deadline: deadline)
            case .tcp: _ = try ProbeSocket(from: namespace, to: reach.target.endpoint, deadline: deadline)
            case .modbus: try readRegisters(into: &attempt, deadline: deadline)
            case .http: try get(into: &attempt, deadline: deadline)
            case .ssh: try signIn(into: &attempt, deadline: deadline)
            case .snmp:
                attempt.answeredBy = try SNMPProbe.name(
                    from: namespace, at: reach.target.endpoint, deadline: deadline)
            }
        } catch let failure as ProbeFailure {
            attempt.outcome = failure.outcome
            attempt.detail = failure.description
        } catch {
            attempt.outcome = .timeout
            attempt.detail = "\(error)"
        }
        return attempt
    }

    /// For links that lose packets on purpose: further connections begin while the first is silent, and the first end counts.
    ///
    /// A lost SYN alone would cost the kernel's full second. Those that are still under way then end by their own deadline.
    func runHedged() async throws -> Attempt {
        let count = 6
        let (attempts, sink) = AsyncStream<Attempt>.makeStream()
        let starting = Task {
            for _ in 0..<count {
                try BlockingCall.start(name: "hedge") { sink.yield(run()) }
                try await Task.sleep(for: .milliseconds(300))
            }
        }
        defer { starting.cancel() }
        var ended = 0
        for await attempt in attempts {
            ended += 1
            if attempt.outcome != .timeout || ended == count { return attempt }
        }
        return Attempt(outcome: .timeout)
    }

    private func readRegisters(into attempt: inout Attempt, deadline: Moment) throws {
        let probe = try ModbusProbe(from: namespace, to: reach.target.endpoint, deadline: deadline)
        let unit = UInt8(clamping: reach.read?.unit ?? reach.target.unit)
        if let read = reach.read {
            attempt.registers = try probe.read(
                unit: unit, register: UInt16(clamping: read.register), count: UInt16(clamping: read.count),
                deadline: deadline)
        }
        attempt.answeredBy = try probe.identity(unit: unit, deadline: deadline)
    }

    private func get(into attempt: inout Attempt, deadline: Moment) throws {
        let answer = try HTTPProbe.get("/", from: namespace, to: reach.target, deadline: deadline)
        attempt.status = answer.status
        attempt.body = answer.body
        attempt.answeredBy = answer.identity
    }

    private func signIn(into attempt: inout Attempt, deadline: Moment) throws {
        let login = login ?? SSHProbe.Login(user: "service", password: "")
        let probe = try SSHProbe(from: namespace, to: reach.target.endpoint, login: login, deadline: deadline)
        attempt.answeredBy = probe.identity(among: reach.target.candidates)
        if let command = reach.run { attempt.stdout = try probe.run(command) }
    }
}
