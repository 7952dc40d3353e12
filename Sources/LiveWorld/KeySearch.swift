import Addressing
import Foundation
import WireGuardProtocol

/// Looks for a private key in files and in the memory of processes, in every form in which it could have been written.
enum KeySearch {
    struct Needle: Sendable {
        var form: String
        var bytes: [UInt8]
    }

    static func needles(of key: [UInt8]) -> [Needle] {
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = key.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return [
            Needle(form: "bytes", bytes: key), Needle(form: "base64", bytes: Array(Base64.encode(key).utf8)),
            Needle(form: "hexadecimal", bytes: hexadecimal),
            Needle(form: "hexadecimal", bytes: hexadecimal.map { $0 >= 0x61 ? $0 - 0x20 : $0 }),
        ]
    }

    static func contains(_ bytes: some ContiguousBytes, _ needle: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { haystack in
            guard var rest = haystack.baseAddress, let first = needle.first else { return false }
            let end = rest + haystack.count
            while end - rest >= needle.count, let candidate = memchr(rest, Int32(first), end - rest) {
                let begin = UnsafeRawPointer(candidate)
                guard end - begin >= needle.count else { return false }
                if memcmp(begin, needle, needle.count) == 0 { return true }
                rest = begin + 1
            }
            return false
        }
    }

    /// Hands out what a process has written into its memory, region by region.
    ///
    /// - Throws: when the process is gone or may not be looked at.
    static func regions(of process: Int32, _ look: (Data) -> Void) throws {
        let map = try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8)
        let memory = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(process)/mem"))
        defer { try? memory.close() }
        for line in map.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            let bounds = (words.first ?? "").split(separator: "-").compactMap { UInt64($0, radix: 16) }
            // Pages that were never written to hold nothing of ours; those of the kernel cannot be read.
            guard words.count > 1, words[1].hasPrefix("rw"), bounds.count == 2, bounds[1] > bounds[0],
                bounds[1] - bounds[0] <= limitBytes, words.last != "[vvar]"
            else { continue }
            guard (try? memory.seek(toOffset: bounds[0])) != nil,
                let data = try? memory.read(upToCount: Int(bounds[1] - bounds[0]))
            else { continue }
            look(data)
        }
    }

    /// Regions that are only reserved are larger than this.
    private static let limitBytes: UInt64 = 256 << 20
}
