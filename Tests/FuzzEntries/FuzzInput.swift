/// The bytes of a fuzzing run, taken off from the front; behind their end everything is zero.
struct FuzzInput {
    private var rest: UnsafeRawBufferPointer.SubSequence

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func word() -> UInt16 { UInt16(byte()) << 8 | UInt16(byte()) }

    /// A piece whose length stands in front of it.
    mutating func piece(atMost limit: Int = 4_096) -> [UInt8] {
        let count = min(Int(word()), limit, rest.count)
        defer { rest = rest.dropFirst(count) }
        return [UInt8](rest.prefix(count))
    }
}

/// What may never be, whatever came in.
struct FuzzViolation: Error, CustomStringConvertible {
    let description: String

    static func unless(_ isSo: Bool, _ description: @autoclosure () -> String) throws {
        if !isSo { throw FuzzViolation(description: description()) }
    }
}

/// The entries that take bytes from strangers.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// Datagrams at an engine with a session.
    case datagram
    /// Inner packets at a gateway and at an edge.
    case inner
    /// The text of a `.conf` file.
    case configuration

    /// Runs one input.
    ///
    /// - Throws: what was violated; a trap speaks for itself.
    package func run(_ bytes: UnsafeRawBufferPointer) throws {
        switch self {
        case .datagram: try DatagramFuzz.run(FuzzInput(bytes))
        case .inner: try InnerFuzz.run(FuzzInput(bytes))
        case .configuration: try ConfigurationFuzz.run(bytes)
        }
    }

    package func run(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try run($0) } }
}
