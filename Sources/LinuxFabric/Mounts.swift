import CLinux

/// Mounts of this process's own mount namespace: a lab's are private to it and go with it.
package enum Mounts {
    /// Shows one file or folder in the place of another.
    package static func bind(_ source: String, over target: String) throws(LinuxError) {
        try check(clinux_bind_mount(source, target), "mounting \(source) over \(target)")
    }
}
