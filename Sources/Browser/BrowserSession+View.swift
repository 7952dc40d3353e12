package import Foundation
import NIOHTTP1

/// How the page is shown: size, colours, zoom; and what is taken from it: pictures and logs.
extension BrowserSession {
    func arrange() async throws {
        try await show(width: options.width, height: options.height)
        try await show(dark: options.isDark)
        if let downloads = options.downloads {
            try await devtools(
                "Browser.setDownloadBehavior", ["behavior": "allow", "downloadPath": .string(downloads)])
        } else {
            try await devtools("Browser.setDownloadBehavior", ["behavior": "deny"])
        }
    }

    /// Sets the page's size in CSS pixels, narrower than any window may be.
    ///
    /// - Parameter zoom: 2 is the browser's 200 %: half as many CSS pixels, each twice as large.
    package func show(width: Int, height: Int, zoom: Double = 1) async throws {
        try await devtools(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number((Double(width) / zoom).rounded()),
                "height": .number((Double(height) / zoom).rounded()),
                "deviceScaleFactor": .number(zoom), "mobile": false,
            ])
    }

    package func show(dark isDark: Bool, reducedMotion: Bool = false) async throws {
        try await devtools(
            "Emulation.setEmulatedMedia",
            [
                "features": [
                    ["name": "prefers-color-scheme", "value": .string(isDark ? "dark" : "light")],
                    ["name": "prefers-reduced-motion", "value": .string(reducedMotion ? "reduce" : "no-preference")],
                ]
            ])
    }

    /// Takes the network away, or gives it back.
    package func setOffline(_ isOffline: Bool) async throws {
        try await devtools("Network.enable", [:])
        try await devtools(
            "Network.emulateNetworkConditions",
            ["offline": .bool(isOffline), "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1])
    }

    /// A command of Chromium's own protocol.
    @discardableResult
    package func devtools(_ method: String, _ parameters: JSONValue) async throws -> JSONValue {
        try await ask(.POST, "goog/cdp/execute", ["cmd": .string(method), "params": parameters])
    }

    /// The whole page as PNG.
    package func picture() async throws -> Data {
        let height: Double = try await run("return document.documentElement.scrollHeight")
        let width: Double = try await run("return innerWidth")
        let answer = try await devtools(
            "Page.captureScreenshot",
            [
                "format": "png", "captureBeyondViewport": true,
                "clip": ["x": 0, "y": 0, "width": .number(width), "height": .number(height), "scale": 1],
            ])
        return Data(base64Encoded: answer["data"]?.text ?? "") ?? Data()
    }

    /// What the window shows as PNG, with an open dialog.
    package func visiblePicture() async throws -> Data {
        let text: String = try await ask(.GET, "screenshot")
        return Data(base64Encoded: text) ?? Data()
    }

    /// One element as PNG, once nothing on the page moves any more: the driver asks where it is before it takes the picture.
    package func picture(of element: PageElement) async throws -> Data {
        try await run(
            """
            const ends = a => a.effect?.getComputedTiming().endTime !== Infinity;
            return Promise.allSettled(document.getAnimations().filter(ends).map(a => a.finished)).then(() => null);
            """)
        let text: String = try await ask(.GET, "element/\(element.id)/screenshot")
        return Data(base64Encoded: text) ?? Data()
    }

    /// A line of the browser's console.
    package struct LogLine: Sendable, Hashable, Codable {
        package var level: String
        package var message: String
    }

    /// What the console got since it was last asked.
    package func consoleLog() async throws -> [LogLine] {
        try await ask(.POST, "se/log", ["type": "browser"])
    }

    /// Chromium's network events since it was last asked, each one JSON text; only with `keepsNetworkLog`.
    package func networkLog() async throws -> [String] {
        let lines: [LogLine] = try await ask(.POST, "se/log", ["type": "performance"])
        return lines.map(\.message)
    }

    /// Cookies of the present page, by name, with their flags.
    package func cookies() async throws -> [JSONValue] {
        try await ask(.GET, "cookie")
    }
}
