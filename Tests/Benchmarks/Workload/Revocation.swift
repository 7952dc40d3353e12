import AccessModel
import Addressing
import ControlProtocol
import DataPlane
import Timebase
import WireGuardProtocol

/// How long the gateway takes to commit a revision that takes one person away, with ten thousand peers.
///
/// When `apply` returns, no packet of that person passes; so this is the time from the revision to the last packet.
enum Revocation {
    private static let turns = 1000

    /// - Returns: median and 99th percentile in microseconds, and how many were applied.
    static func run(peers count: Int) async throws -> String {
        let shell = try GatewayShell(
            GatewayShellConfiguration(
                privateKey: try Flood.freshKey(), wan: Endpoint(IPv4Address(127, 0, 0, 1), 0)))
        var view = ReleasedView(people: try (0..<count).map { try person($0) }, agents: [])
        var digest = ViewDigest(of: view)
        var revision = Revision(number: 1, generation: 1, hash: digest.text, content: .snapshot(view))
        _ = try await shell.apply(revision)
        var (times, applied) = ([Double](), 0)
        for turn in 0..<min(turns, count) {
            let delta = Revision.Delta(base: revision.number, removedPeople: [id(turn * (count / turns))])
            digest.apply(delta, to: view)
            view.apply(delta)
            revision = Revision(
                number: revision.number + 1, generation: revision.number + 1, hash: digest.text,
                content: .delta(delta))
            let start = Sockets.now
            let acknowledgement = try await shell.apply(revision)
            times.append((Sockets.now - start) * 1e6)
            if acknowledgement.outcome == .applied { applied += 1 }
        }
        times.sort()
        await shell.stop()
        return "\(Int(times[times.count / 2])) \(Int(times[times.count * 99 / 100])) \(applied)"
    }

    private static func id(_ index: Int) -> PersonID { PersonID("person-\(1_000_000 + index)") }

    private static func person(_ index: Int) throws -> PersonEntry {
        PersonEntry(
            person: id(index), publicKey: try Flood.freshKey().publicKey,
            tunnelAddress: IPv4Address(number: IPv4Address(100, 64, 0, 2).number + UInt32(index)), routes: [])
    }
}
