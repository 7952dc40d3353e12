import Foundation

/// Where Chromium and its driver are on this machine.
package struct BrowserProgram: Sendable, Hashable {
    package var browser: String
    package var driver: String

    package init(browser: String, driver: String) {
        self.browser = browser
        self.driver = driver
    }

    /// Looks where Debian and others put them, then along PATH.
    ///
    /// - Throws: `notInstalled`, with what to type.
    package static func installed() throws(BrowserError) -> BrowserProgram {
        guard let browser = find(["chromium", "chromium-browser", "google-chrome"]),
            let driver = find(["chromedriver", "chromium.chromedriver"])
        else {
            throw BrowserError(
                .notInstalled,
                "Chromium and its driver are not installed: sudo apt-get install chromium chromium-driver")
        }
        return BrowserProgram(browser: browser, driver: driver)
    }

    private static func find(_ names: [String]) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = ["/usr/bin", "/usr/local/bin"] + path.split(separator: ":").map(String.init)
        for name in names {
            if let folder = folders.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }) {
                return "\(folder)/\(name)"
            }
        }
        return nil
    }
}
