import Addressing
import Glibc
import LinuxFabric
import TestInside
import Testing

@Suite(.enabled(if: !TestInside.isInside), .timeLimit(.minutes(1)))
struct RoleTests {
    @Test("A Swift program inside a lab claims its role, starts another one, and makes nodes that can be joined")
    func roles() async throws {
        var pipe = try Pipe()
        var request = Lab.Request(
            name: "night", role: "conductor", arguments: TestInside.arguments(suite: "LinuxFabricTests.RoleProgram"),
            descriptors: ["events": pipe.writingNumber])
        request.environment["MIROX_RIG_TEST_ROLE"] = "1"
        let lab = try launch(request)
        pipe.closeWriting()
        var lines: [String] = []
        for try await line in UnixStream(owning: pipe.takeReading()).lines() { lines.append(line) }
        #expect(lines == ["conductor of night", "plants of night", "tun0 in plant/park-a"])
        #expect(await lab.waitForEnd() == .exited(0))
    }
}

/// The program of `RoleTests`, first as conductor and then as its child.
@Suite(.enabled(if: ProcessEnvironment.current["MIROX_RIG_TEST_ROLE"] != nil))
struct RoleProgram {
    @Test func runs() async throws {
        let inside = try #require(Inside.claim())
        #expect(Inside.claim() == nil)
        let number = try #require(inside.descriptors["events"])
        let events = Descriptor(owning: number)
        func tell(_ line: String) { #expect(write(number, line + "\n", line.utf8.count + 1) == line.utf8.count + 1) }
        tell("\(inside.role) of \(inside.lab)")
        let path = NetworkNamespace.path(ofNode: "plant/park-a")
        guard inside.role == "conductor" else {
            _ = try NetworkNamespace.create(
                at: path, configuration: .plant(subnets: [lan], devices: [inverter], agent: agent, pool: pool))
            return
        }
        let child = try ChildProgram(
            .role(
                "plants", lab: inside.lab, arguments: Array(CommandLine.arguments.dropFirst()),
                descriptors: ["events": events.number]))
        #expect(await child.waitForEnd() == .exited(0))
        // Made by a process that has ended; the node stands.
        let node = NetworkNamespace(existingAt: path)
        let devices = try await outcome(of: "cat", ["/proc/net/dev"], network: node)
        if devices.output.contains("tun0:") { tell("tun0 in plant/park-a") }
    }
}
