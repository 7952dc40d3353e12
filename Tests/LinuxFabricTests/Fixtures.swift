import Addressing
import Glibc
import LinuxFabric
import Testing

let pool = Prefix(around: IPv4Address(100, 64, 0, 0), length: 10)
let lan = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
let agent = IPv4Address(192, 168, 1, 1)
let inverter = IPv4Address(192, 168, 1, 20)
let person = IPv4Address(100, 64, 0, 5)

/// A namespace for one test, gone afterwards.
func withNamespace<Result>(
    _ name: String, _ configuration: NodeConfiguration = NodeConfiguration(),
    _ body: (NetworkNamespace, [TunDevice]) async throws -> Result
) async throws -> Result {
    let path = NetworkNamespace.path(ofNode: name)
    let (namespace, tuns) = try NetworkNamespace.create(at: path, configuration: configuration)
    do {
        let result = try await body(namespace, tuns)
        try namespace.remove()
        return result
    } catch {
        try namespace.remove()
        throw error
    }
}

extension TunDevice {
    /// The next UDP packet that comes out.
    func nextPacket(milliseconds: Int = 1000) -> Packet? {
        nextBytes(milliseconds: milliseconds).flatMap(Packet.init)
    }

    func nextBytes(milliseconds: Int = 1000) -> [UInt8]? {
        guard waitUntilReadable(milliseconds: milliseconds) else { return nil }
        var room = [UInt8](repeating: 0, count: 2048)
        guard let count = room.withUnsafeMutableBytes({ read(into: $0)?.byteCount }) else { return nil }
        return Array(room[..<count])
    }

    func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { _ = write($0) }
    }
}

extension UDPSocket {
    struct Received: Equatable {
        let text: String
        let remote: Endpoint
        let local: IPv4Address
    }

    func next(milliseconds: Int = 1000) throws -> Received? {
        guard waitUntilReadable(milliseconds: milliseconds) else { return nil }
        let batch = DatagramBatch(capacityMessages: 1)
        guard try receive(into: batch) == 1 else { return nil }
        return Received(
            text: String(decoding: batch.payload(0), as: UTF8.self), remote: batch.remote(0), local: batch.local(0))
    }
}

/// What a program writes to its standard output and error, and how it ended.
func outcome(
    of program: String, _ arguments: [String], environment: [String: String] = ProcessEnvironment.current,
    network: NetworkNamespace? = nil
) async throws -> (status: ProgramStatus, output: String) {
    var pipe = try Pipe()
    let child = try ChildProgram(
        .init(
            executable: program, arguments: arguments, environment: environment, network: network,
            output: pipe.writingNumber, error: pipe.writingNumber))
    pipe.closeWriting()
    var lines: [String] = []
    for try await line in UnixStream(owning: pipe.takeReading()).lines() { lines.append(line) }
    return (await child.waitForEnd(), lines.joined(separator: "\n"))
}

/// Lines of this process's mount table that name a network namespace.
func namespaceMounts() throws -> Int {
    let text = try #require(readFile("/proc/self/mountinfo"))
    return text.split(separator: "\n").filter { $0.contains(" nsfs ") }.count
}

func readFile(_ path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var text: [UInt8] = []
    var portion = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&portion, 1, portion.count, file)
        if count == 0 { return String(decoding: text, as: UTF8.self) }
        text += portion[..<count]
    }
}
