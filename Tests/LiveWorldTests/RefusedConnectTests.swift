import Addressing
import Glibc
import LinuxFabric
import ScenarioModel
import TestInside
import Testing
import Timebase

@testable import LiveWorld

@Suite(.enabled(if: !TestInside.isInside))
struct ProbesInsideTests {
    @Test("What probes need namespaces for holds in namespaces", .timeLimit(.minutes(1)))
    func inside() async throws {
        let outcome = try await TestInside.run(suite: "LiveWorldTests.RefusedConnectTests")
        if !outcome.hasPassed { Issue.record("\(outcome.status): \(outcome.failures)") }
    }
}

/// Answers every packet as a gateway that refuses: ICMP 3/13.
private final class Refuser: EventHandler {
    private let tun: TunDevice
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)

    init(_ poller: LinuxFabric.Poller, _ tun: TunDevice) throws {
        self.tun = tun
        try poller.watch(tun.number, token: 0)
    }

    deinit { room.deallocate() }

    func ready(_ token: UInt64, _ readiness: Readiness) {
        while let count = tun.read(into: room)?.byteCount {
            guard count >= 40, room[9] == 6 else { continue }
            Self.refusal(of: Array(room[..<48])).withUnsafeBytes { _ = tun.write($0) }
        }
    }

    func deadlinePassed(at now: Moment) {}
    func batchEnded(at now: Moment) {}

    private static func refusal(of packet: [UInt8]) -> [UInt8] {
        let message = summed([3, 13, 0, 0, 0, 0, 0, 0] + packet, at: 2)
        let header: [UInt8] = [0x45, 0, 0, UInt8(20 + message.count), 0, 0, 0, 0, 64, 1, 0, 0]
        return summed(header + packet[16..<20] + packet[12..<16], at: 10) + message
    }

    private static func summed(_ bytes: [UInt8], at offset: Int) -> [UInt8] {
        var bytes = bytes
        let sum = bytes.withUnsafeBytes { InternetChecksum.of($0) }
        (bytes[offset], bytes[offset + 1]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
        return bytes
    }
}

/// Runs inside; `ProbesInsideTests` starts it.
@Suite(.enabled(if: TestInside.isInside), .serialized, .timeLimit(.minutes(1)))
struct RefusedConnectTests {
    /// An ICMP error wakes the waiter before the kernel has made it the socket's: one connection in some ten thousand.
    @Test("A refused connection is never called open, however fast the answer comes")
    func refused() async throws {
        let lan = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
        let path = NetworkNamespace.path(ofNode: "anna/laptop")
        let (namespace, tuns) = try NetworkNamespace.create(
            at: path, configuration: .laptop(tunnel: IPv4Address(100, 64, 0, 5), allowed: [lan]))
        defer { try? namespace.remove() }
        let tun = try #require(tuns.first)
        let gateway = try EventLoop(name: "refuser") { try Refuser($0, tun) }
        let outcomes = try await BlockingCall.run(name: "probes") {
            var outcomes: [Condition.Outcome: Int] = [:]
            let end = Moment.now + .seconds(10)
            for _ in 0..<100_000 where Moment.now < end {
                do {
                    _ = try ProbeSocket(
                        from: namespace, to: Endpoint(IPv4Address(192, 168, 1, 20), 502), deadline: .now + .seconds(5))
                    outcomes[.answered, default: 0] += 1
                } catch let failure as ProbeFailure {
                    outcomes[failure.outcome, default: 0] += 1
                } catch {
                    Issue.record(error)
                    return outcomes
                }
            }
            return outcomes
        }
        #expect(outcomes.count == 1 && outcomes[.adminProhibited] ?? 0 > 1000, "\(outcomes)")
        gateway.stop()
        #expect(await gateway.waitForEnd() == nil)
    }
}
