import AccessModel
import Addressing
import Glibc
import LinuxFabric
import ScenarioModel
import Timebase

/// One question of SNMP 2c over UDP: what the device calls itself.
///
/// A lost datagram is a timeout; whoever looks again asks again.
enum SNMPProbe {
    /// `sysName.0`.
    private static let name: [UInt8] = [0x2B, 6, 1, 2, 1, 1, 5, 0]
    private static let community = [UInt8]("public".utf8)

    /// - Returns: who answered; `nil` when the answer names no device of ours.
    static func name(
        from namespace: NetworkNamespace, at endpoint: Endpoint, deadline: Moment
    ) throws -> DeviceReference? {
        let descriptor = try namespace.perform { () throws(LinuxError) in try ProbeSocket.open(SOCK_DGRAM) }
        defer { Glibc.close(descriptor) }
        func failure(_ problem: Int32) -> ProbeFailure {
            ProbeFailure(problem, icmp: try? ErrorQueue.next(descriptor), doing: "ask \(endpoint) over SNMP")
        }
        var address = sockaddr_in(endpoint)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw failure(errno) }
        let question = question
        guard send(descriptor, question, question.count, 0) == question.count else { throw failure(errno) }
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let left = deadline.since(.now).nanoseconds
        guard poll(&watched, 1, Int32(clamping: (left + 999_999) / 1_000_000)) > 0 else {
            throw ProbeFailure(outcome: .timeout, description: "ask \(endpoint) over SNMP: no answer in time")
        }
        var buffer = [UInt8](repeating: 0, count: 2048)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw failure(errno) }
        return identity(in: buffer[..<count])
    }

    /// Tag, length below 128, content.
    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }

    private static var question: [UInt8] {
        let binding = element(0x30, element(0x06, name) + [0x05, 0])
        let numbers: [UInt8] = [0x02, 1, 1, 0x02, 1, 0, 0x02, 1, 0]
        let request = element(0xA0, numbers + element(0x30, binding))
        return element(0x30, [0x02, 1, 1] + element(0x04, community) + request)
    }

    /// The text behind the name that was asked for, `plant/device`.
    private static func identity(in answer: ArraySlice<UInt8>) -> DeviceReference? {
        guard let place = answer.firstRange(of: name), place.upperBound + 2 <= answer.endIndex,
            answer[place.upperBound] == 0x04
        else { return nil }
        let length = Int(answer[place.upperBound + 1])
        let text = String(decoding: answer[(place.upperBound + 2)...].prefix(length), as: UTF8.self)
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        return parts.count == 2 ? DeviceReference(plant: PlantID(parts[0]), device: parts[1]) : nil
    }
}
