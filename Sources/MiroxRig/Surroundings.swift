import Foundation

/// What the environment says about whom we talk to.
enum Surroundings {
    static var isCI: Bool { ProcessInfo.processInfo.environment["CI"] == "true" }

    /// `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is a terminal.
    static var wantsColor: Bool {
        let environment = ProcessInfo.processInfo.environment
        if environment["NO_COLOR"].map({ !$0.isEmpty }) ?? false { return false }
        if environment["CLICOLOR_FORCE"].map({ $0 != "0" }) ?? false { return true }
        return isatty(STDOUT_FILENO) == 1
    }

    /// Whether lines may move: both streams end at a terminal that somebody looks at.
    static var hasMovingTerminal: Bool {
        isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && !isCI
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// In characters.
    static var terminalWidth: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }

    /// Today in UTC, `2026-12-31`.
    static var today: String {
        Date().formatted(Date.ISO8601FormatStyle().year().month().day())
    }
}
