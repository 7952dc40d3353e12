/// Why a device cannot be had.
package struct DeviceProblem: Error, Hashable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The configuration contradicts itself or asks for something that no device here can do.
        case configuration
        /// The fleet already holds a device of that identity.
        case duplicate
        /// The operating system or a library refused something.
        case system
        /// The fleet was stopped.
        case stopped
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
