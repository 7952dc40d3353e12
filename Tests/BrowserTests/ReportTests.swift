import Browser
import Foundation
import ScenarioRunner
import TestReports
import Testing

extension BrowserTests {
    /// The page that a run leaves, opened from a folder as people open it.
    @Suite("The report of a run, by hand and eye", .serialized) struct ReportTests {
        private struct Violation: Decodable {
            var rule: String
            var places: [String]
        }

        /// The page lies in a folder while the body runs.
        private func withReport(_ body: (BrowserSession, String) async throws -> Void) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: "report.html")
            try Data(try HTMLReport(SampleRun.ofEveryVerdict.archive).html.utf8).write(to: file)
            try await Chromium.withSession { session in
                try await session.go(to: "file://\(file.path)")
                try await session.wait(for: "document.querySelector('nav.tree a')")
                try await body(session, "file://\(file.path)")
            }
        }

        @Test("axe finds no violation in the overview and in each scenario, light and dark, wide and at 320 px")
        func axe() async throws {
            let source = try Axe.source()
            try await withReport { session, page in
                for place in ["", "#s=breaks", "#s=unsure", "#s=shaky", "#s=works", "#s=never"] {
                    try await session.go(to: "\(page)\(place)")
                    for (isDark, width) in [(false, 1280), (true, 1280), (true, 320)] {
                        try await session.show(width: width, height: 900)
                        try await session.show(dark: isDark)
                        let violations: [Violation] = try await session.run(Axe.look(with: source))
                        for violation in violations {
                            Issue.record(
                                "\(place) dark=\(isDark) \(width) px: \(violation.rule): \(violation.places.joined(separator: "; "))"
                            )
                        }
                    }
                }
            }
        }

        @Test("dark is dark, and light is light")
        func dark() async throws {
            try await withReport { session, _ in
                func brightness() async throws -> Double {
                    try await session.run(
                        "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 3"
                    )
                }
                try await session.show(dark: false)
                #expect(try await brightness() > 200)
                try await session.show(dark: true)
                #expect(try await brightness() < 60)
            }
        }

        @Test("by keyboard alone: past the list, to a scenario, and through what is known about it")
        func keyboard() async throws {
            try await withReport { session, _ in
                func focused() async throws -> String {
                    try await session.run("return document.activeElement.textContent.slice(0, 40)")
                }
                try await session.press(.tab)
                #expect(try await focused() == "To the content")
                try await session.press(.enter)
                #expect(try await session.run("return document.activeElement.id") == "main")

                // Into the first scenario of the list: what did not pass.
                try await session.run("document.querySelector('nav.tree a').focus()")
                try await session.press(.enter)
                try await session.wait(for: "document.activeElement.id === 'subject'")
                #expect(try await session.run("return location.hash") == "#s=breaks")

                try await session.run("document.querySelector('[role=tab]').focus()")
                let selected = "return document.querySelector('[role=tab][aria-selected=true]').textContent"
                let panels =
                    "return [...document.querySelectorAll('[role=tabpanel]')].filter(p => !p.hidden).map(p => p.id)"
                for (key, tab) in [
                    (Key.right, "Routes"), (.end, "Attachments"), (.right, "Why"), (.left, "Attachments"),
                    (.home, "Why"),
                ] {
                    try await session.press(key)
                    #expect(try await session.run(selected) == tab)
                    #expect(try await focused() == tab)
                    #expect(try await session.run(panels, as: [String].self).count == 1)
                }
                // One tab stop for all tabs: the next is what the tab shows.
                try await session.press(.tab)
                #expect(try await session.run("return document.activeElement.getAttribute('role')") == "tabpanel")
                #expect(try await session.consoleLog().isEmpty)
            }
        }
    }
}
