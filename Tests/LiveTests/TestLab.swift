import Foundation
import Testing

/// A lab that `mirox-rig up` serves for a test, and the other terminals from which it is used.
struct TestLab {
    let name: String
    let user: User
    let up: Program
    /// From the start of the program until it said that the lab is ready.
    let timeUntilReady: Duration

    /// Serves a fixture while the body runs; afterwards nothing of it may be left.
    static func serving(
        _ fixture: String = Rig.nordwind, _ arguments: [String] = [], as user: User = .ours,
        _ body: (TestLab) async throws -> Void
    ) async throws {
        let before = try HostTraces.now()
        let lab = try await TestLab(fixture, arguments, user)
        do {
            try await body(lab)
        } catch {
            try await lab.end(SIGINT)
            throw error
        }
        try await lab.end(SIGINT)
        #expect(try HostTraces.now() == before)
    }

    init(_ fixture: String = Rig.nordwind, _ arguments: [String] = [], _ user: User = .ours)
        async throws
    {
        name = Rig.freeName()
        self.user = user
        let clock = ContinuousClock()
        let start = clock.now
        up = try Program(user.words + [Rig.path, "up", fixture, "--name", name] + arguments)
        let isReady = await up.prints(" - ready\n")
        timeUntilReady = clock.now - start
        if !isReady { up.signal(SIGKILL) }
        try #require(isReady, "\(up.printed)")
    }

    /// Ends the program with the signal and waits until nothing of the lab is left.
    ///
    /// - Returns: how long that took.
    @discardableResult
    func end(_ signal: Int32) async throws -> Duration {
        let inside = Processes.descendants(of: up.identifier)
        #expect(inside.count >= 5, "\(inside)")
        let clock = ContinuousClock()
        let start = clock.now
        up.signal(signal)
        let result = try await up.end(seconds: 10)
        #expect(result.status == 128 + signal, "\(result)")
        while Processes.anyAlive(inside), clock.now - start < .seconds(5) {
            try await Task.sleep(for: .milliseconds(1))
        }
        let time = clock.now - start
        #expect(!Processes.anyAlive(inside), "still there after \(time)")
        #expect(try !HostTraces.isAnnounced(name))
        return time
    }

    /// Runs a program at a node.
    func exec(
        _ node: String, _ command: String..., environment: [String: String] = [:], seconds: Double = 30
    ) async throws -> Program.Result {
        try await Program.run(
            user.words + [Rig.path, "exec", "--lab", name, node, "--"] + command,
            environment: environment,
            seconds: seconds)
    }

    /// Asks the lab something.
    func ask(_ words: String...) async throws -> Program.Result { try await ask(words) }

    func ask(_ words: [String]) async throws -> Program.Result {
        try await Program.run(user.words + [Rig.path] + words + ["--lab", name], seconds: 30)
    }

    /// The control plane's address on the host, as `up` printed it.
    var web: String? {
        up.printed.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("http://127.0.0.1:") }.map(String.init)
    }

    func status() async throws -> Status {
        let result = try await ask("status", "--json")
        try #require(result.status == 0, "\(result)")
        return try JSONDecoder().decode(Status.self, from: Data(result.output.utf8))
    }

    /// As much of `status --json` as the tests look at.
    struct Status: Decodable {
        struct Plant: Decodable {
            var plant: String
            var agent: String
            var devices: [Device]
        }

        struct Device: Decodable {
            var name: String
            var address: String
            var kind: String
            var counters: Counters
        }

        struct Counters: Decodable {
            var requests: Int
            var refusals: Int
        }

        struct Laptop: Decodable {
            var name: String
            var tunnel: String
        }

        var plants: [Plant]
        var laptops: [Laptop]
    }
}
