import Glibc

extension UnixStream {
    /// Two ends of one conversation: ours, and one for a program to inherit.
    package static func pair() throws(LinuxError) -> (ours: UnixStream, theirs: UnixStream) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw LinuxError("making a socket pair", errno)
        }
        return (UnixStream(owning: Descriptor(owning: ends[0])), UnixStream(owning: Descriptor(owning: ends[1])))
    }
}
