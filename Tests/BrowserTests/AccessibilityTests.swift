import Browser
import Foundation
import Testing

extension BrowserTests {
    /// What a machine can find against the accessibility of the pages, in every state and manner of looking.
    @Suite("Accessibility", .serialized) struct AccessibilityTests {
        /// How a page is looked at.
        private struct Manner {
            var name: String
            var width: Int
            var zoom = 1.0
            var isDark = false

            static let all = [
                Manner(name: "light", width: 1280), Manner(name: "dark", width: 1280, isDark: true),
                Manner(name: "320 px", width: 320), Manner(name: "200 %", width: 1280, zoom: 2, isDark: true),
            ]
        }

        private struct Violation: Decodable {
            var rule: String
            var help: String
            var places: [String]
        }

        @Test("axe finds no violation: every state, light and dark, 320 px and 200 %")
        func axe() async throws {
            let source = try Axe.source()
            try await Portal.serving { portal in
                try await Chromium.withSession { session in
                    var looks = 0
                    try await States(portal: portal, session: session).each { state in
                        for manner in Manner.all {
                            try await session.show(width: manner.width, height: 900, zoom: manner.zoom)
                            try await session.show(dark: manner.isDark, reducedMotion: true)
                            let violations: [Violation] = try await session.run(Axe.look(with: source))
                            looks += 1
                            for violation in violations {
                                Issue.record(
                                    "\(state), \(manner.name): \(violation.rule): \(violation.help): \(violation.places.prefix(4))"
                                )
                            }
                        }
                        try await session.show(width: 1280, height: 900)
                    }
                    print("browser: axe looked \(looks) times")
                    #expect(looks >= 60)
                }
            }
        }

        @Test("axe is awake: it sees a picture without words and grey on grey")
        func awake() async throws {
            let source = try Axe.source()
            try await Chromium.withSession { session in
                let page =
                    "<title>t</title><main><h1>x</h1><img src=x><p style='color:#aaa;background:#bbb'>grey</p></main>"
                try await session.go(to: "data:text/html;base64,\(Data(page.utf8).base64EncodedString())")
                let violations: [Violation] = try await session.run(Axe.look(with: source))
                #expect(Set(violations.map(\.rule)).isSuperset(of: ["image-alt", "color-contrast"]))
            }
        }
    }
}

/// Deque's axe-core, as a Python package carries it.
enum Axe {
    /// - Throws: when it is not installed, with what to do.
    static func source() throws -> String {
        let python = ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"] ?? ".build/python/bin/python"
        let library = URL(filePath: python).deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "lib")
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: library.path)) ?? []
        for version in versions {
            let file = library.appending(path: "\(version)/site-packages/axe_playwright_python/axe.min.js")
            if let text = try? String(contentsOf: file, encoding: .utf8) { return text }
        }
        throw Missing(description: "axe is not installed below \(library.path): make python")
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    /// A script that looks at the page as it is and tells each rule that is broken.
    static func look(with source: String) -> String {
        """
        if (!window.axe) { \(source) }
        return axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations.map(v => ({
          rule: v.id, help: v.help, places: v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.html.slice(0, 120))),
        })));
        """
    }
}
