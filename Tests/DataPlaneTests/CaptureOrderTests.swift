import Addressing
import Capture
import Glibc
import LinuxFabric
import Testing

@testable import DataPlane

@Suite("What is captured, and when", .serialized, .timeLimit(.minutes(1)))
struct CaptureOrderTests {
    @Test("A packet is in the file before the host that waits for it has it")
    func order() async throws {
        let rig = try await ShellTests().start()
        let path = "/tmp/capture-order-\(UInt64.random(in: 0 ... .max))"
        let file = try AppendingFile(path, creating: true)
        defer { unlink(path) }
        try await rig.laptops.capture(CapturePlan(path: path, tunnels: ["anna": 1], limitBytes: 1 << 24))
        let (laptop, plant) = (try rig.host("anna"), try rig.host("park-a"))
        let request = Packets.udp(Endpoint(ShellTests.anna, 4000), ShellTests.device)
        let answer = Packets.udp(ShellTests.device, Endpoint(ShellTests.anna, 4000), "answer")
        for round in 0..<300 {
            laptop.send(request)
            try #require(plant.receive() != nil)
            let before = try file.byteCount()
            plant.send(answer)
            try #require(laptop.receive() != nil)
            let grown = try file.byteCount() - before
            try #require(grown >= UInt64(answer.count), "round \(round): \(grown) bytes more")
        }
        await rig.stop()
    }
}
