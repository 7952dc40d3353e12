import Addressing

/// One line of a `.conf` file, and where its parts begin.
struct ConfigurationLine {
    enum Content {
        case nothing
        case section(Part)
        case value(key: Part, value: Part)
        case neither
    }

    struct Part {
        let text: Substring
        let column: Int
    }

    let number: Int
    let content: Content

    init(_ line: String, number: Int) {
        self.number = number
        func part(_ text: Substring) -> Part {
            let trimmed = Self.trimmed(text)
            return Part(text: trimmed, column: line.distance(from: line.startIndex, to: trimmed.startIndex) + 1)
        }
        let text = Self.trimmed(line.prefix { $0 != "#" })
        if text.isEmpty {
            content = .nothing
        } else if text.hasPrefix("["), text.hasSuffix("]"), text.count > 2 {
            content = .section(part(text.dropFirst().dropLast()))
        } else if let equals = text.firstIndex(of: "=") {
            content = .value(key: part(text[..<equals]), value: part(text[text.index(after: equals)...]))
        } else {
            content = .neither
        }
    }

    /// The pieces of a comma-separated value, each with its own column.
    static func list(_ part: Part) -> [Part] {
        let whole = part.text
        return whole.split(separator: ",", omittingEmptySubsequences: false).map { piece in
            let trimmed = trimmed(piece)
            return Part(
                text: trimmed, column: part.column + whole.distance(from: whole.startIndex, to: trimmed.startIndex))
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}

/// Collects the lines of a `.conf` file.
struct ConfigurationReader {
    private struct Interface {
        var privateKey: PrivateKey?
        var addresses: [TunnelConfiguration.InterfaceAddress] = []
        var mtuBytes: Int?
    }

    private struct Peer {
        let line: Int
        var publicKey: PublicKey?
        var presharedKey: PresharedKey?
        var endpoint: Endpoint?
        var allowedIPs: [Prefix] = []
        var keepalive: UInt16?
    }

    private enum Section {
        case none, interface, peer
    }

    private var section = Section.none
    private var interface: Interface?
    private var interfaceLine = 0
    private var peers: [TunnelConfiguration.Peer] = []
    private var peer: Peer?
    private var seen: Set<String> = []

    mutating func read(_ line: ConfigurationLine) throws(ConfigurationTextError) {
        switch line.content {
        case .nothing:
            break
        case .neither:
            throw ConfigurationTextError(line: line.number, column: 1, problem: "expected '[Section]' or 'Key = value'")
        case .section(let name):
            try begin(name, line: line.number)
        case .value(let key, let value):
            let name = key.text.lowercased()
            let isKnown =
                switch section {
                case .none:
                    throw Self.error(line.number, key, "a key before the first section")
                case .interface: try readInterface(name, value, line: line.number)
                case .peer: try readPeer(name, value, line: line.number)
                }
            guard isKnown else { throw Self.error(line.number, key, "unknown key '\(key.text)'") }
            let isList = name == "address" || name == "allowedips"
            guard seen.insert(name).inserted || isList else {
                throw Self.error(line.number, key, "a second '\(key.text)' in one section")
            }
        }
    }

    mutating func finish(endLine: Int) throws(ConfigurationTextError) -> TunnelConfiguration {
        try endPeer()
        guard let interface else {
            throw ConfigurationTextError(line: endLine, column: 1, problem: "there is no [Interface]")
        }
        guard let privateKey = interface.privateKey else {
            throw ConfigurationTextError(line: interfaceLine, column: 1, problem: "[Interface] has no PrivateKey")
        }
        return TunnelConfiguration(
            privateKey: privateKey, addresses: interface.addresses, mtuBytes: interface.mtuBytes, peers: peers)
    }

    private mutating func begin(_ name: ConfigurationLine.Part, line: Int) throws(ConfigurationTextError) {
        try endPeer()
        seen = []
        switch name.text.lowercased() {
        case "interface":
            guard interface == nil else { throw Self.error(line, name, "a second [Interface]") }
            interface = Interface()
            interfaceLine = line
            section = .interface
        case "peer":
            peer = Peer(line: line)
            section = .peer
        default:
            throw Self.error(line, name, "unknown section '\(name.text)'")
        }
    }

    private mutating func endPeer() throws(ConfigurationTextError) {
        guard let peer else { return }
        guard let publicKey = peer.publicKey else {
            throw ConfigurationTextError(line: peer.line, column: 1, problem: "[Peer] has no PublicKey")
        }
        peers.append(
            TunnelConfiguration.Peer(
                publicKey: publicKey, presharedKey: peer.presharedKey, endpoint: peer.endpoint,
                allowedIPs: peer.allowedIPs, persistentKeepaliveSeconds: peer.keepalive))
        self.peer = nil
    }

    /// - Returns: false when an interface has no such key.
    private mutating func readInterface(
        _ key: String, _ value: ConfigurationLine.Part, line: Int
    ) throws(ConfigurationTextError) -> Bool {
        switch key {
        case "privatekey":
            interface?.privateKey = try Self.need(
                PrivateKey(base64: value.text), "a private key (44 characters of base64)", line, value)
        case "address":
            for piece in ConfigurationLine.list(value) {
                let (address, length) = try Self.addressAndLength(piece, line)
                interface?.addresses.append(.init(address, length: length))
            }
        case "mtu":
            let mtu = Decimal.parse(value.text, upTo: 65_535).flatMap { $0 >= 576 ? $0 : nil }
            interface?.mtuBytes = try Self.need(mtu, "a number from 576 to 65535", line, value)
        default:
            return false
        }
        return true
    }

    /// - Returns: false when a peer has no such key.
    private mutating func readPeer(
        _ key: String, _ value: ConfigurationLine.Part, line: Int
    ) throws(ConfigurationTextError) -> Bool {
        switch key {
        case "publickey":
            peer?.publicKey = try Self.need(
                PublicKey(value.text), "a public key (44 characters of base64)", line, value)
        case "presharedkey":
            peer?.presharedKey = try Self.need(
                PresharedKey(base64: value.text), "a preshared key (44 characters of base64)", line, value)
        case "endpoint":
            peer?.endpoint = try Self.need(Endpoint(value.text), "an endpoint (address:port)", line, value)
        case "allowedips":
            for piece in ConfigurationLine.list(value) {
                let (address, length) = try Self.addressAndLength(piece, line)
                peer?.allowedIPs.append(Prefix(around: address, length: length))
            }
        case "persistentkeepalive":
            let seconds = value.text.lowercased() == "off" ? 0 : Decimal.parse(value.text, upTo: 65_535)
            let number = try Self.need(seconds, "a number of seconds from 0 to 65535, or 'off'", line, value)
            peer?.keepalive = number == 0 ? nil : UInt16(number)
        default:
            return false
        }
        return true
    }

    /// Reads `a.b.c.d/n` or `a.b.c.d`, which is that one address.
    private static func addressAndLength(
        _ piece: ConfigurationLine.Part, _ line: Int
    ) throws(ConfigurationTextError) -> (IPv4Address, Int) {
        let parts = piece.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts.first.flatMap { IPv4Address($0) }
        let length = parts.count == 2 ? Decimal.parse(parts[1], upTo: 32) : 32
        guard let address, let length else {
            throw error(line, piece, "'\(piece.text)' is not an IPv4 prefix")
        }
        return (address, length)
    }

    private static func need<Value>(
        _ value: Value?, _ expected: String, _ line: Int, _ part: ConfigurationLine.Part
    ) throws(ConfigurationTextError) -> Value {
        guard let value else { throw error(line, part, "expected \(expected)") }
        return value
    }

    private static func error(_ line: Int, _ part: ConfigurationLine.Part, _ problem: String) -> ConfigurationTextError
    {
        ConfigurationTextError(line: line, column: part.column, problem: problem)
    }
}
