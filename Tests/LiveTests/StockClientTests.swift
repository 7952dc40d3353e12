import Foundation
import Testing

@Suite("Stock WireGuard", .serialized, .timeLimit(.minutes(3)))
struct StockClientTests {
    @Test("a stock client with the product's own profile reaches devices through the exposed gateway")
    func exposed() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "mirox-stock-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = Rig.root.appending(path: "Tests/LiveTests/stock-client.sh").path
        let result = try await Program.run(
            "unshare", "-Urnm", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", script, Rig.path,
            folder.path,
            seconds: 60)
        #expect(result.status == 0, "\(result)")
        // The profile was handed out, so the laptop inside is not connected with it as well.
        #expect(result.output.contains("before:   anna/laptop  tunnel down"), "\(result)")
        #expect(result.output.contains("ping: answered"), "\(result)")
        #expect(result.output.contains("http: X-Plant: sonnenfeld"), "\(result)")
        #expect(result.output.contains("modbus: [40000]: \t0x5375"), "\(result)")
        #expect(result.output.contains("refused: Packet filtered"), "\(result)")
        #expect(result.output.contains("handshake: done"), "\(result)")
    }
}
