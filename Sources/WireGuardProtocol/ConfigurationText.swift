import Addressing

/// Reads and writes `.conf` files as `wg-quick` and the clients know them.
///
/// Strict where a mistake would pass unseen: an unknown section or key, a second value for a key that has one, and a
/// value that is not exactly of its form are errors with a line and a column. `Address` and `AllowedIPs` are lists and
/// may be repeated; names are taken in any case, comments start with `#`.
package enum ConfigurationText {
    /// Reads a file.
    package static func parse(_ text: some StringProtocol) throws(ConfigurationTextError) -> TunnelConfiguration {
        var reader = ConfigurationReader()
        var number = 0
        // A carriage return and a line feed are one character in Swift, and a newline all the same.
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            try reader.read(ConfigurationLine(String(line), number: number))
        }
        return try reader.finish(endLine: number)
    }

    /// Writes a file that `parse` reads back as the same; it contains the private key.
    package static func render(_ configuration: TunnelConfiguration) -> String {
        var lines = ["[Interface]", "PrivateKey = \(configuration.privateKey.base64())"]
        let addresses = configuration.addresses.map { "\($0.address)/\($0.length)" }
        if !addresses.isEmpty { lines.append("Address = \(addresses.joined(separator: ", "))") }
        if let mtu = configuration.mtuBytes { lines.append("MTU = \(mtu)") }
        for peer in configuration.peers {
            lines += ["", "[Peer]", "PublicKey = \(peer.publicKey)"]
            if let key = peer.presharedKey { lines.append("PresharedKey = \(key.base64())") }
            if let endpoint = peer.endpoint { lines.append("Endpoint = \(endpoint)") }
            let allowed = peer.allowedIPs.map(\.description)
            if !allowed.isEmpty { lines.append("AllowedIPs = \(allowed.joined(separator: ", "))") }
            if let seconds = peer.persistentKeepaliveSeconds { lines.append("PersistentKeepalive = \(seconds)") }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}

/// What is wrong with a `.conf` file, and where; both numbers count from 1.
package struct ConfigurationTextError: Error, Hashable, Sendable, CustomStringConvertible {
    package let line: Int
    package let column: Int
    package let problem: String

    package var description: String { "line \(line), column \(column): \(problem)" }
}
