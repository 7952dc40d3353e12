import Glibc

/// What the kernel refused, and while doing what.
package struct LinuxError: Error, Hashable, Sendable {
    package let operation: String
    /// An errno, positive.
    package let number: Int32

    package init(_ operation: String, _ number: Int32) {
        self.operation = operation
        self.number = number
    }
}

extension LinuxError: CustomStringConvertible {
    package var description: String { "\(operation): \(Self.text(number))" }

    static func text(_ number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text)
    }
}

/// Turns the -errno of a C function into an error.
@discardableResult
func check(_ result: Int32, _ operation: @autoclosure () -> String) throws(LinuxError) -> Int32 {
    guard result >= 0 else { throw LinuxError(operation(), -result) }
    return result
}
