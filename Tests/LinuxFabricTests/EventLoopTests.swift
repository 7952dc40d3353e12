import Addressing
import Glibc
import LinuxFabric
import Synchronization
import Testing
import Timebase

private final class Recorder: EventHandler {
    let poller: Poller
    var seen: [UInt64] = []
    var deadlines: [Moment] = []
    var batches = 0
    let told: OneShot<Moment>

    init(_ poller: Poller, told: OneShot<Moment>) {
        self.poller = poller
        self.told = told
    }

    func ready(_ token: UInt64, _ readiness: Readiness) {
        seen.append(token)
        if token == 7 {
            try? poller.forget(Int32(readiness.rawValue == 0 ? 0 : watched))
            told.set(.now)
        }
    }

    var watched: Int32 = -1

    func deadlinePassed(at now: Moment) {
        deadlines.append(now)
        told.set(now)
    }

    func batchEnded(at now: Moment) { batches += 1 }
}

private struct Refused: Error {}

@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test("A deadline is told once, not before its time and soon after")
    func deadline() async throws {
        let told = OneShot<Moment>()
        let loop = try EventLoop(name: "test") { Recorder($0, told: told) }
        let wanted = Moment.now + .milliseconds(20)
        loop.perform { $0.poller.deadline = wanted }
        let moment = await told.get()
        #expect(moment >= wanted)
        #expect(moment.since(wanted) < .milliseconds(2000))
        #expect(try await loop.call { $0.deadlines.count } == 1)
        #expect(try await loop.call { $0.poller.deadline } == nil)
        loop.stop()
        #expect(await loop.waitForEnd() == nil)
    }

    @Test("A watched descriptor is told by its token until it is forgotten")
    func watching() async throws {
        let told = OneShot<Moment>()
        let loop = try EventLoop(name: "test") { Recorder($0, told: told) }
        let pipe = try Pipe()
        let (reading, writing) = (pipe.readingNumber, pipe.writingNumber)
        try await loop.call { recorder in
            recorder.watched = reading
            try recorder.poller.watch(reading, token: 7)
        }
        #expect(write(writing, "x", 1) == 1)
        _ = await told.get()
        // Still readable, but forgotten: further turns of the loop tell nothing.
        for _ in 0..<3 { _ = try await loop.call { $0.batches } }
        #expect(try await loop.call { $0.seen } == [7])
        loop.stop()
        _ = await loop.waitForEnd()
        withExtendedLifetime(pipe) {}
    }

    @Test("Letters from many threads are all delivered, and in order for each sender")
    func letters() async throws {
        let loop = try EventLoop(name: "test") { Recorder($0, told: OneShot()) }
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<8 {
                group.addTask {
                    for number in 0..<500 { loop.perform { $0.seen.append(UInt64(sender * 1000 + number)) } }
                }
            }
        }
        let seen = try await loop.call { $0.seen }
        #expect(seen.count == 4000)
        for sender in 0..<8 {
            let own = seen.filter { Int($0) / 1000 == sender }
            #expect(own == own.sorted())
        }
        loop.stop()
        _ = await loop.waitForEnd()
        #expect(!loop.perform { _ in })
    }

    @Test("A handler that cannot be made is told by the initializer")
    func refusal() {
        #expect(throws: Refused.self) {
            _ = try EventLoop<Recorder>(name: "test") { _ in throw Refused() }
        }
    }
}
