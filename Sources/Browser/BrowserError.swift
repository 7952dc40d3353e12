/// Why a browser did not do what it was told.
package struct BrowserError: Error, Hashable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// Chromium or its driver is not installed.
        case notInstalled
        /// It is installed and does not start.
        case notStarted
        /// The driver answered with an error of the WebDriver standard, for example `no such element`.
        case refused(String)
        /// What was waited for did not come.
        case late
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
