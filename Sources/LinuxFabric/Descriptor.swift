import CLinux
import Glibc

/// The one owner of a file descriptor: it closes when its owner goes.
package struct Descriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over a descriptor that nobody else closes.
    package init(owning number: Int32) {
        precondition(number >= 0, "a descriptor is not negative")
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Hands the number over; whoever gets it closes it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// A second descriptor of the same open file, closed on exec.
    package func duplicate() throws(LinuxError) -> Descriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw LinuxError("duplicating a descriptor", errno) }
        return Descriptor(owning: copy)
    }

    /// Opens an existing file for reading, closed on exec.
    package static func open(_ path: String) throws(LinuxError) -> Descriptor {
        Descriptor(owning: try check(clinux_open_path(path), "opening \(path)"))
    }
}

/// A pipe, both ends closed on exec.
package struct Pipe: ~Copyable, Sendable {
    private let reading: Descriptor
    private var writing: Descriptor?
    package let readingNumber: Int32
    package let writingNumber: Int32

    package init() throws(LinuxError) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutableBytes(of: &ends) { bytes in
            clinux_pipe(bytes.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        try check(result, "making a pipe")
        (readingNumber, writingNumber) = ends
        reading = Descriptor(owning: ends.0)
        writing = Descriptor(owning: ends.1)
    }

    /// Once the writer has its copy: else the reader never sees an end.
    package mutating func closeWriting() {
        writing = nil
    }

    /// Closes the writing end and gives away the reading one.
    package consuming func takeReading() -> Descriptor {
        reading
    }
}

/// The limit of open descriptors.
package enum OpenFiles {
    /// What a program expects that still uses select().
    package static let ordinaryLimit: UInt64 = 1024

    /// Raises this process's soft limit to the hard one and returns it.
    @discardableResult
    package static func raiseLimit() throws(LinuxError) -> Int {
        let limit = clinux_raise_open_files()
        guard limit >= 0 else { throw LinuxError("raising the limit of open files", Int32(-limit)) }
        return Int(limit)
    }

    /// How far the soft limit can be raised.
    package static func hardLimit() throws(LinuxError) -> Int {
        let limit = clinux_hard_open_files()
        guard limit >= 0 else { throw LinuxError("reading the limit of open files", Int32(-limit)) }
        return Int(limit)
    }

    /// The descriptors that a process has open, in order; this one's when none is named.
    package static func list(of pid: Int32? = nil) -> [Int32] {
        guard let folder = opendir("/proc/\(pid.map(String.init) ?? "self")/fd") else { return [] }
        defer { closedir(folder) }
        var numbers: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int32(name), pid != nil || number != dirfd(folder) { numbers.append(number) }
        }
        return numbers.sorted()
    }
}
