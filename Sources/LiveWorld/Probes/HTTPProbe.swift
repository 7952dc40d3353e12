import AccessModel
import Addressing
import LinuxFabric
import ScenarioModel
import Timebase

/// One GET over a connection of its own.
enum HTTPProbe {
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    static let limitBytes = 1 << 20

    static func get(
        _ path: String, from namespace: NetworkNamespace, to target: Target, deadline: Moment
    ) throws -> Answer {
        let socket = try ProbeSocket(from: namespace, to: target.endpoint, deadline: deadline)
        guard target.isEncrypted else {
            return try get(path, over: socket, host: target.address, keepAlive: false, deadline: deadline)
        }
        let question = request(path, host: target.address, keepAlive: false)
        return try whole(try TLSExchange.ask(question, over: socket, deadline: deadline))
    }

    static func get(
        _ path: String, over socket: ProbeSocket, host: IPv4Address, keepAlive: Bool, deadline: Moment
    ) throws(ProbeFailure) -> Answer {
        try socket.write(request(path, host: host, keepAlive: keepAlive), deadline: deadline)
        var bytes: [UInt8] = []
        while bytes.count < limitBytes {
            if let answer = parse(bytes, isWhole: false) { return answer }
            let more = try socket.read(deadline: deadline)
            guard !more.isEmpty else { break }
            bytes += more
        }
        return try whole(bytes)
    }

    private static func request(_ path: String, host: IPv4Address, keepAlive: Bool) -> [UInt8] {
        let connection = keepAlive ? "keep-alive" : "close"
        let text =
            "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: \(connection)\r\nUser-Agent: mirox-rig\r\n\r\n"
        return [UInt8](text.utf8)
    }

    /// An answer behind which nothing comes.
    private static func whole(_ bytes: [UInt8]) throws(ProbeFailure) -> Answer {
        guard let answer = parse(bytes, isWhole: true) else {
            throw ProbeFailure(outcome: .reset, description: "the connection closed before an HTTP answer was whole")
        }
        return answer
    }

    /// - Parameter isWhole: no more will come, so a body without a length ends here.
    private static func parse(_ bytes: [UInt8], isWhole: Bool) -> Answer? {
        let separator: [UInt8] = [13, 10, 13, 10]
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: separator) }) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        let body = bytes[(end + separator.count)...]
        if let length = headers["content-length"].flatMap({ Int($0) }) {
            guard body.count >= length else { return nil }
            return Answer(status: status, headers: headers, body: String(decoding: body.prefix(length), as: UTF8.self))
        }
        guard isWhole else { return nil }
        return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }
}

extension HTTPProbe.Answer {
    /// Who answered, by the device's own headers.
    var identity: DeviceReference? {
        guard let plant = headers["x-plant"], let device = headers["x-device"] else { return nil }
        return DeviceReference(plant: .init(plant), device: device)
    }
}
