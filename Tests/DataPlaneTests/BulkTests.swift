import Addressing
import DataPlane
import Glibc
import LinkModel
import LinuxFabric
import TestInside
import Testing

/// Runs inside; `InsideTests` starts it.
@Suite("Bulk and large packets", .enabled(if: TestInside.isInside), .serialized, .timeLimit(.minutes(1)))
struct BulkTests {
    private func withPath(agentMTU: Int = 1420, _ body: (KernelPath) async throws -> Void) async throws {
        let path = try await KernelPath(agentMTU: agentMTU)
        do {
            try await body(path)
        } catch {
            try await path.end()
            throw error
        }
        try await path.end()
    }

    /// A connection from the laptop to the device.
    private func connect(_ path: KernelPath, port: UInt16) async throws -> (laptop: Stream, device: Stream) {
        let endpoint = Endpoint(KernelPath.device, port)
        let listener = try path.deviceHost.perform {
            try Stream.make(endpoint) { bind($0, $1, $2) == 0 ? listen($0, 4) : -1 }
        }
        let laptop = try path.laptop.perform { try Stream.make(endpoint) { Glibc.connect($0, $1, $2) } }
        return (laptop, try Stream(accept(listener.descriptor.number, nil, nil)))
    }

    /// Both ways at once, each end in threads of its own.
    private func exchange(_ one: Stream, _ other: Stream, bytes: Int) async -> [Int] {
        let jobs: [@Sendable () -> Int] = [
            { one.send(bytes, seed: 1) ? bytes : 0 }, { other.receive(bytes, seed: 1) },
            { other.send(bytes, seed: 2) ? bytes : 0 }, { one.receive(bytes, seed: 2) },
        ]
        var results = [Int](repeating: -1, count: jobs.count)
        await withTaskGroup(of: (Int, Int).self) { group in
            for (index, job) in jobs.enumerated() {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        var thread = pthread_t()
                        let box = Unmanaged.passRetained(Job { continuation.resume(returning: (index, job())) })
                        pthread_create(
                            &thread, nil,
                            { argument in
                                argument.map { Unmanaged<Job>.fromOpaque($0).takeRetainedValue().run() }
                                return nil
                            }, box.toOpaque())
                        pthread_detach(thread)
                    }
                }
            }
            for await (index, result) in group { results[index] = result }
        }
        return results
    }

    private final class Job: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    @Test("20 MB go both ways, byte for byte, in long segments")
    func bulk() async throws {
        try await withPath { path in
            let (laptop, device) = try await connect(path, port: 5001)
            let bytes = 20 << 20
            #expect(await exchange(laptop, device, bytes: bytes) == [bytes, bytes, bytes, bytes])
            let counters = try await path.gateway.counters()
            #expect(counters["verdict.forwarded"] ?? 0 > UInt64(2 * bytes / 1380))
            #expect(counters["engine.authenticationFailed"] == 0 && counters["verdict.malformed"] == 0)
        }
    }

    @Test("20 MB go both ways, byte for byte, while one packet in fifty is lost")
    func lossyBulk() async throws {
        try await withPath { path in
            let (laptop, device) = try await connect(path, port: 5002)
            try await path.impair(LinkFault(loss: 0.02))
            let bytes = 20 << 20
            #expect(await exchange(laptop, device, bytes: bytes) == [bytes, bytes, bytes, bytes])
            let lost = try await path.gateway.counters()["wan.lost.chance"] ?? 0
            let sent = UInt64(bytes / 1380)
            #expect(lost > sent / 100 && lost < sent / 10, "\(lost) of more than \(sent)")
        }
    }

    @Test("A 1,500-byte packet of a device that does not fit the uplink comes back as ICMP, and then it fits")
    func pathMTU() async throws {
        try await withPath(agentMTU: 1280) { path in
            let device = try path.deviceHost.perform { try UDPSocket(bind: Endpoint(KernelPath.device, 9000)) }
            try device.enableErrorQueue()
            let laptop = try path.laptop.perform { try UDPSocket(bind: Endpoint(KernelPath.person, 9001)) }
            try laptop.send([1, 2, 3], to: Endpoint(KernelPath.device, 9000))
            try #require(device.waitUntilReadable(milliseconds: 5000))
            let batch = DatagramBatch(capacityMessages: 1)
            #expect(try device.receive(into: batch) == 1)
            let person = batch.remote(0)
            #expect(person == Endpoint(KernelPath.person, 9001))

            // 1,472 bytes and 28 of headers; don't fragment is what Linux sets until it knows better.
            let large = (0..<1472).map { UInt8(truncatingIfNeeded: $0) }
            try device.send(large, to: person)
            _ = device.waitUntilReadable(milliseconds: 5000)
            let error = try #require(try device.nextError())
            #expect(error.type == 3 && error.code == 4 && error.number == EMSGSIZE)
            #expect(error.reporter == KernelPath.agent && error.destination == person)

            // Now the device's host knows the path and fragments; both parts pass the gateway.
            try device.send(large, to: person)
            try #require(laptop.waitUntilReadable(milliseconds: 5000))
            #expect(try laptop.receive(into: batch) == 1)
            #expect(Array(batch.payload(0)) == large)

            // Up, longer than any tunnel: fragments too.
            let huge = (0..<1900).map { UInt8(truncatingIfNeeded: $0 * 3) }
            try laptop.send(huge, to: Endpoint(KernelPath.device, 9000))
            try #require(device.waitUntilReadable(milliseconds: 5000))
            #expect(try device.receive(into: batch) == 1)
            #expect(Array(batch.payload(0)) == huge)
        }
    }
}
