import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// Makes bytes that are nearly right: what is all noise stops at the first check, what is nearly right goes deep.
struct Spoiler {
    var random: Lehmer

    init(seed: UInt64) { random = Lehmer(seed: seed) }

    /// Numbers at which lengths, offsets and counts break.
    private static let edges: [[UInt8]] = [
        [0, 0, 0, 0], [0, 0, 0, 1], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF],
        [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ]

    mutating func number(below limit: Int) -> Int { Int(random.next() >> 1) % max(1, limit) }

    /// One to four changes, none of which anybody would make.
    mutating func spoil(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...number(below: 4) where !bytes.isEmpty {
            let at = number(below: bytes.count)
            switch number(below: 6) {
            case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[at] ^= 1 << UInt8(number(below: 8))
            case 2: bytes.removeSubrange(at..<min(bytes.count, at + 1 + number(below: 8)))
            case 3: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + number(below: 16))], at: at)
            case 4: bytes.removeSubrange(at...)
            default:
                let edge = Self.edges[number(below: Self.edges.count)]
                bytes.replaceSubrange(at..<min(bytes.count, at + edge.count), with: edge)
            }
        }
        return bytes
    }
}

/// Bytes that no client of good will sends: they kill nothing, and whoever comes next is served.
@Suite struct MalformedInputTests {
    private static let identity = DeviceIdentity(plant: "park-a", device: "device")

    private func serving(
        _ configuration: DeviceConfiguration, _ body: (DeviceFleet, UInt16) async throws -> Void
    ) async throws {
        try await withDevice(configuration, as: Self.identity, body)
    }

    // MARK: - Modbus

    private static let requests: [[UInt8]] = [
        [3, 0x9C, 0x40, 0, 70], [4, 0x9C, 0x86, 0, 50], [3, 0xBF, 0x68, 0, 66], [6, 0x9D, 0x29, 0, 250],
        [16, 0x9D, 0x29, 0, 3, 6, 1, 0x2C, 0, 0, 0, 60], [17], [0x2B, 0x0E, 1, 0], [7], [8, 0, 0, 1, 2],
    ]

    /// What is wrong with an answer as an answer to that request; nil: nothing.
    private func flaw(_ answer: [UInt8], to request: [UInt8]) -> String? {
        guard answer.count >= 2 else { return "an empty answer" }
        guard answer[0] & 0x7F == request[0] else { return "function \(answer[0]) answers \(request[0])" }
        if answer[0] & 0x80 != 0 { return answer.count == 2 ? nil : "an exception of \(answer.count) bytes" }
        switch request[0] {
        case 3, 4:
            guard request.count == 5 else { return "a read of \(request.count) bytes was answered" }
            let wanted = 2 * (Int(request[3]) << 8 | Int(request[4]))
            return answer.count == 2 + wanted && Int(answer[1]) == wanted ? nil : "\(answer.count) bytes for \(wanted)"
        case 6: return answer == request ? nil : "a write echoed as \(answer)"
        case 16:
            let isWhole = request.count >= 6 && request.count == 6 + Int(request[5])
            return isWhole && answer == Array(request.prefix(5)) ? nil : "a write of \(request) told \(answer)"
        case 17, 0x2B: return nil
        default: return "function \(request[0]) was answered"
        }
    }

    @Test("Whatever a Modbus frame says, the answer fits it or is an exception", arguments: [UInt64(1), 2, 3])
    func modbus(_ seed: UInt64) async throws {
        try await serving(.inverter(watts: 10_000)) { fleet, port in
            var spoiler = Spoiler(seed: seed)
            let neighbour = try Client(port: port)
            var client = try Client(port: port)
            var answered = 0
            for round in 0..<400 {
                let good = Self.requests[spoiler.number(below: Self.requests.count)]
                let request = Array(spoiler.spoil(good).prefix(253))
                guard let function = request.first else { continue }
                guard (1..<0x80).contains(function) else { continue }
                answered += 1
                let answer = try client.modbus(request)
                #expect(flaw(answer, to: request) == nil, "\(request)")
                if round % 100 == 0 {
                    #expect(try neighbour.registers(40_000, 2) == [0x5375, 0x6E53])
                    client = try Client(port: port)
                }
            }
            #expect(answered > 100 && fleet.counters(Self.identity)?.requests ?? 0 > answered)
        }
    }

    @Test("A frame that is broken itself ends its connection and no other")
    func frames() async throws {
        try await serving(.modbus(.inverter(watts: 10_000) { $0.connectionLimit = 1000 })) { fleet, port in
            var spoiler = Spoiler(seed: 4)
            let neighbour = try Client(port: port)
            for round in 0..<200 {
                let client = try Client(port: port)
                try client.send(spoiler.spoil(modbusFrame(Self.requests[round % Self.requests.count])))
                if round % 4 == 0 { client.reset() }
                if round % 50 == 0 { #expect(try neighbour.registers(40_000, 2) == [0x5375, 0x6E53]) }
            }
            #expect(try neighbour.registers(40_000, 2) == [0x5375, 0x6E53])
            #expect(await fleet.health(Self.identity)?.isServing == true)
        }
    }

    // MARK: - HTTP

    private static func requests(of flavour: DataloggerConfiguration.Flavour) -> [String] {
        func post(_ path: String, _ body: String) -> String {
            "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                + "Authorization: Session 0123456789abcdef\r\n\r\n\(body)"
        }
        let deep = String(repeating: "[", count: 30_000)
        return switch flavour {
        case .froniusSymo, .froniusGEN24:
            [
                "GET /solar_api/v1/GetInverterRealtimeData.cgi?Scope=Device&DeviceId=1&DataCollection=CommonInverterData "
                    + "HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%2e%2e/%00?a=%zz&&=&b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            ]
        case .solarLog:
            [
                post("/getjp", "{\"801\":{\"170\":null}}"), post("/getjp", deep),
                post("/getjp", "{\"801\":{\"170\":1e999}}"),
            ]
        case .kostal:
            [
                post("/api/v1/auth/start", "{\"username\":\"user\",\"nonce\":\"MDEyMzQ1Njc4OWFi\"}"),
                post("/api/v1/auth/finish", "{\"transactionId\":\"AAAA\",\"proof\":\"AAAA\"}"),
                post(
                    "/api/v1/auth/create_session",
                    "{\"transactionId\":\"A\",\"iv\":\"AA\",\"tag\":\"AA\",\"payload\":\"\"}"),
                post("/api/v1/processdata", "[{\"moduleid\":\"devices:local\",\"processdataids\":[\"Dc_P\"]}]"),
                post("/api/v1/auth/start", deep),
            ]
        }
    }

    @Test("Whatever a web request says, the next one is answered", arguments: DataloggerConfiguration.Flavour.allCases)
    func web(_ flavour: DataloggerConfiguration.Flavour) async throws {
        let logger = DataloggerConfiguration(
            flavour: flavour, inverters: [.init(device: "inverter-1", ratedPowerWatts: 10_000)], site: .munich,
            connectionLimit: 1000)
        try await serving(.datalogger(logger)) { fleet, port in
            var spoiler = Spoiler(seed: 5)
            let requests = Self.requests(of: flavour).map { Array($0.utf8) }
            for round in 0..<120 {
                let client = try Client(port: port)
                let request = requests[round % requests.count]
                try? client.send(round < requests.count ? request : spoiler.spoil(request))
                if round % 5 == 0 { client.reset() }
                guard round % 40 == 0 else { continue }
                let next = try Client(port: port)
                try next.send(Array("GET / HTTP/1.0\r\n\r\n".utf8))
                let page = String(decoding: next.receive(exactly: 1 << 20), as: UTF8.self)
                #expect(page.hasPrefix("HTTP/1.0 200 ") && page.contains("X-Device: device"), "after \(round): \(page)")
            }
            #expect(await fleet.health(Self.identity)?.isServing == true)
        }
    }

    // MARK: - SSH

    /// A good greeting and the first packet behind it: the algorithms that a client proposes.
    private static var greeting: [UInt8] {
        let names = [
            "curve25519-sha256,kex-strict-c-v00@openssh.com", "ssh-ed25519", "aes256-gcm@openssh.com",
            "aes256-gcm@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "none", "none",
            "", "",
        ]
        func word(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
        var payload: [UInt8] = [20] + [UInt8](repeating: 7, count: 16)
        for name in names { payload += word(name.utf8.count) + Array(name.utf8) }
        payload += [0] + word(0)
        let padding = 4 + (8 - (payload.count + 9) % 8) % 8
        let packet = word(payload.count + padding + 1) + [UInt8(padding)] + payload
        // The client's half of the key exchange: a point on the curve.
        let exchange: [UInt8] = [30] + word(32) + [UInt8](repeating: 9, count: 32)
        let tail = 4 + (8 - (exchange.count + 9) % 8) % 8
        return Array("SSH-2.0-Visitor\r\n".utf8) + packet + [UInt8](repeating: 0, count: padding)
            + word(exchange.count + tail + 1) + [UInt8(tail)] + exchange + [UInt8](repeating: 0, count: tail)
    }

    @Test("Whatever comes in place of a key exchange, the next caller is greeted")
    func secureShell() async throws {
        let desk = ServicePCConfiguration(
            users: [.init(name: "service", password: "x")], hostKeySeed: [UInt8](1...32), sessionLimit: 1000)
        try await serving(.servicePC(desk)) { fleet, port in
            var spoiler = Spoiler(seed: 6)
            // Unspoilt it comes to an answer: the greeting, the server's proposal and its half of the key.
            let good = try Client(port: port)
            try good.send(Self.greeting)
            #expect(good.receive(exactly: 600).count == 600)
            for round in 0..<120 {
                let client = try Client(port: port)
                try? client.send(spoiler.spoil(Self.greeting))
                if round % 4 == 0 { client.reset() }
                guard round % 40 == 0 else { continue }
                let next = try Client(port: port)
                #expect(next.receive(exactly: 8) == Array("SSH-2.0-".utf8), "after \(round)")
            }
            #expect(await fleet.health(Self.identity)?.isServing == true)
        }
    }
}
