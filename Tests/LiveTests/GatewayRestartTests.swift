import Foundation
import Testing

extension LiveTests {
    @Suite("A gateway that is started again", .serialized)
    struct GatewayRestartTests {
        /// As much of an event's line as is looked at.
        private struct Event: Decodable {
            struct Change: Decodable {
                var node: String?
                var text: String?
            }

            var event: String
            var at: Double
            var data: Change?
        }

        @Test("has its agents back at once, measured from the end of the old process to the agent's new keys")
        func agents() async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "\(Rig.freeName()).ndjson")
            defer { try? FileManager.default.removeItem(at: file) }
            let run = try await Rig.run(
                "run", "Scenarios/agents/gateway-restart.scenario.yaml", "--events", file.path, seconds: 90)
            #expect(run.status == 0, "\(run)")
            let events = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap {
                try? JSONDecoder().decode(Event.self, from: Data($0.utf8))
            }
            let changes = events.filter { $0.event == "change" }
            let end = try #require(changes.first { $0.data?.text == "the process ended" && $0.data?.node == "gateway" })
            let back = try #require(
                changes.first { $0.at > end.at && $0.data?.node == "sonnenfeld/agent" },
                "the agent never came back")
            let seconds = back.at - end.at
            print(
                "live: the agent is back \(seconds.formatted(.number.precision(.fractionLength(3)))) s after its gateway ended"
            )
            // The agent's own timers need 15 s at least, and 25 where nothing is said.
            #expect(seconds < 10)
        }
    }
}
