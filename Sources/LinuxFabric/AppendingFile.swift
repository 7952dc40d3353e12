import Glibc

/// A file that several processes append to: what one writes at a time stays together.
package final class AppendingFile: Sendable {
    private let descriptor: Descriptor
    private let path: String

    /// Opens an existing file, or makes an empty one that only its owner may read.
    package init(_ path: String, creating: Bool = false) throws(LinuxError) {
        let flags = O_WRONLY | O_APPEND | O_CLOEXEC | (creating ? O_CREAT | O_TRUNC : 0)
        let number = Glibc.open(path, flags, 0o600)
        guard number >= 0 else { throw LinuxError("opening \(path)", errno) }
        descriptor = Descriptor(owning: number)
        self.path = path
    }

    /// For handing the open file to another process.
    package var number: Int32 { descriptor.number }

    /// How long the file is now, whoever wrote it.
    package func byteCount() throws(LinuxError) -> UInt64 {
        let end = lseek(descriptor.number, 0, Int32(SEEK_END))
        guard end >= 0 else { throw LinuxError("measuring \(path)", errno) }
        return UInt64(end)
    }

    /// Appends the bytes in one piece.
    package func append(_ bytes: [UInt8]) throws(LinuxError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw LinuxError("writing \(path)", count < 0 ? errno : ENOSPC) }
            rest = rest.dropFirst(count)
        }
    }
}
