/// The line discipline of a small terminal: bytes in, what to echo and what was said out.
///
/// Without a terminal nothing is echoed and only the end of a line has a meaning.
struct LineEditor {
    enum Event: Hashable, Sendable {
        case line(String)
        /// Ctrl-C.
        case interrupt
        /// Ctrl-D on an empty line.
        case end
    }

    static let lineLimitBytes = 4096

    private enum Escape { case none, started, sequence }

    private enum Key {
        static let interrupt: UInt8 = 0x03
        static let end: UInt8 = 0x04
        static let backspace: UInt8 = 0x08
        static let killWord: UInt8 = 0x17
        static let killLine: UInt8 = 0x15
        static let escape: UInt8 = 0x1B
        static let delete: UInt8 = 0x7F
    }

    let isTerminal: Bool
    private var line: [UInt8] = []
    private var escape = Escape.none
    private var wasReturn = false

    init(isTerminal: Bool) {
        self.isTerminal = isTerminal
    }

    /// Takes bytes from that index on and moves it behind them: one on a terminal, otherwise as much as belongs to a line.
    mutating func take(_ bytes: [UInt8], from index: inout Int, echo: inout [UInt8]) -> Event? {
        if isTerminal {
            defer { index += 1 }
            return take(bytes[index], echo: &echo)
        }
        let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n"))
        line += bytes[index..<(end ?? bytes.endIndex)].prefix(Self.lineLimitBytes - line.count)
        index = end.map { $0 + 1 } ?? bytes.endIndex
        return end == nil ? nil : finish()
    }

    /// Takes one byte from a terminal.
    mutating func take(_ byte: UInt8, echo: inout [UInt8]) -> Event? {
        defer { wasReturn = byte == UInt8(ascii: "\r") }
        if escaped(byte) { return nil }
        switch byte {
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
            // A newline after a return is the same key.
            if byte == UInt8(ascii: "\n"), wasReturn { return nil }
            echo += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
            return finish()
        case Key.interrupt:
            line = []
            echo += "^C\r\n".utf8
            return .interrupt
        case Key.end: return line.isEmpty ? .end : nil
        case Key.backspace, Key.delete: erase(&echo)
        case Key.killLine: while !line.isEmpty { erase(&echo) }
        case Key.killWord:
            while line.last == UInt8(ascii: " ") { erase(&echo) }
            while let last = line.last, last != UInt8(ascii: " ") { erase(&echo) }
        case Key.escape: escape = .started
        case 0x20...: insert(byte, &echo)
        default: break
        }
        return nil
    }

    /// What was typed without an end of line, when the input ends.
    mutating func takeRest() -> String? {
        guard case .line(let text) = finish(), !text.isEmpty else { return nil }
        return text
    }

    private mutating func finish() -> Event {
        defer { line = [] }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return .line(String(decoding: line, as: UTF8.self))
    }

    private mutating func insert(_ byte: UInt8, _ echo: inout [UInt8]) {
        guard line.count < Self.lineLimitBytes else { return echo.append(0x07) }
        line.append(byte)
        echo.append(byte)
    }

    /// Takes back one character, however many bytes it has.
    private mutating func erase(_ echo: inout [UInt8]) {
        guard !line.isEmpty else { return }
        while let byte = line.popLast(), byte & 0xC0 == 0x80 {}
        echo += "\u{8} \u{8}".utf8
    }

    /// Arrow keys and the like have no meaning here and leave no trace.
    private mutating func escaped(_ byte: UInt8) -> Bool {
        switch escape {
        case .none: return false
        case .started: escape = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") ? .sequence : .none
        case .sequence: if (0x40...0x7E).contains(byte) { escape = .none }
        }
        return true
    }
}
