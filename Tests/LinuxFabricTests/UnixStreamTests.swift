import Glibc
import Testing

@testable import LinuxFabric

@Suite(.timeLimit(.minutes(1)))
struct UnixStreamTests {
    private func pair(_ name: String) throws -> (server: UnixStream, client: UnixStream) {
        let listener = try UnixListener(at: "@mirox-test/\(getpid())/\(name)")
        let client = try UnixStream(connectingTo: listener.name)
        return (try listener.accept(), client)
    }

    @Test("Lines arrive whole, also long ones, and the end is told")
    func lines() async throws {
        let (server, client) = try pair("lines")
        let long = String(repeating: "é", count: 300_000)
        let sent = ["first", "", long, "last"]
        Task.detached {
            for line in sent { try client.writeLine(line) }
            client.shutDown()
        }
        var seen: [String] = []
        for try await line in server.lines() { seen.append(line) }
        #expect(seen == sent)
        #expect(throws: LinuxError.self) { try client.writeLine("too late") }
    }

    @Test("The peer is known by user and process, and a descriptor can be handed over")
    func descriptors() throws {
        let (server, client) = try pair("descriptors")
        let peer = try server.peer()
        #expect(peer.user == geteuid() && peer.pid == getpid())
        var pipe = try Pipe()
        try client.send(descriptor: pipe.writingNumber)
        let received = try server.receiveDescriptor()
        pipe.closeWriting()
        #expect(write(received.number, "hello\n", 6) == 6)
        #expect(try UnixStream(owning: pipe.takeReading()).readLine() == "hello")
    }

    @Test("A socket in the file system is found by its path")
    func path() throws {
        let path = "/tmp/mirox-test-\(getpid()).sock"
        let listener = try UnixListener(at: path)
        defer { unlink(path) }
        let client = try UnixStream(connectingTo: path)
        let server = try listener.accept()
        try server.writeLine("{}")
        #expect(try client.readLine() == "{}")
        #expect(throws: LinuxError.self) { _ = try UnixListener(at: path) }
        #expect(throws: LinuxError.self) { _ = try UnixStream(connectingTo: "/nowhere") }
    }

    @Test("A lab is found by its name while it is announced, and only once")
    func registry() throws {
        let name = "test-\(getpid())"
        let announcement = try LabRegistry.announce(name: name, initPid: 4711, detail: "{\"fixture\":\"one-plant\"}")
        #expect(LabRegistry.names().contains(name))
        let entry = LabRegistry.Entry(name: name, initPid: 4711, detail: "{\"fixture\":\"one-plant\"}")
        #expect(LabRegistry.find(name) == entry)
        #expect(LabRegistry.list().contains(entry))
        let taken = #expect(throws: LinuxError.self) { _ = try LabRegistry.announce(name: name, initPid: 1) }
        #expect(taken?.number == EADDRINUSE)
        announcement.withdraw()
        #expect(LabRegistry.find(name) == nil)
        #expect(throws: LinuxError.self) { _ = try LabRegistry.announce(name: "a/b", initPid: 1) }
    }
}
