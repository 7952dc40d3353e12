/// A moment on the wall clock: seconds since 1970 and nanoseconds.
package struct WallTime: Hashable, Sendable {
    package var seconds: UInt64
    package var nanoseconds: UInt32

    package init(seconds: UInt64, nanoseconds: UInt32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}
