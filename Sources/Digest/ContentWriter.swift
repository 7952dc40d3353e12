/// Writes a value into a hash in one way only, so that equal values have equal hashes and others do not.
///
/// Integers have the width of their type; strings and bytes are preceded by their length, and a collection must be by
/// its count. Whoever writes a set or dictionary sorts it first.
package struct ContentWriter {
    private var state = BLAKE2s()

    package init() {}

    /// Appends an integer, little-endian, in the width of its type.
    ///
    /// `Int` is no such type: it would have the machine's width. Use `append(count:)` or convert.
    package mutating func append(_ value: some FixedWidthInteger & UnsignedInteger) {
        withUnsafeBytes(of: value.littleEndian) { state.update($0) }
    }

    /// Appends a count as 64 bits.
    package mutating func append(count: Int) { append(UInt64(count)) }

    package mutating func append(_ value: Bool) { append(value ? 1 : 0 as UInt8) }

    /// Appends the UTF-8 bytes after their count, as they are: no normalization.
    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(count: utf8.count)
            state.update(UnsafeRawBufferPointer(utf8))
        }
    }

    /// Appends bytes after their count.
    package mutating func append(bytes: [UInt8]) {
        append(count: bytes.count)
        bytes.withUnsafeBytes { state.update($0) }
    }

    /// Appends whether there is a value, then the value.
    package mutating func append<Value>(optional value: Value?, _ write: (inout Self, Value) -> Void) {
        append(value != nil)
        if let value { write(&self, value) }
    }

    package consuming func finish() -> ContentHash {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { output in
            guard let start = output.baseAddress else { return }
            state.finish(into: start)
        }
        return ContentHash(words: words)
    }
}
