import Foundation
import ScenarioModel
import TestReports
import Testing

@testable import ScenarioRunner

/// The one-page report, looked at by a real browser.
@Suite("The report as a page", .serialized)
struct PageTests {
    private static let hostile = "</script><script>window.hit=1</script><img src=x onerror=window.hit=2>\"'&"

    private var run: SampleRun {
        var run = SampleRun()
        run.passed("works")
        run.failed("breaks", title: "Title \(Self.hostile)", what: "body \(Self.hostile)")
        run.end()
        return run
    }

    @Test("it holds everything: no address to fetch, a policy that knows its own program by its hash")
    func selfContained() throws {
        let html = try HTMLReport(run.archive).html
        #expect(!html.contains("http://www.w3.org/1999") && !html.contains("src=\"") && !html.contains("<link"))
        #expect(!html.contains("https://"))
        #expect(html.contains("default-src 'none'") && !html.contains("unsafe-"))
        #expect(HTMLReport.hash("abc") == "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
        // Text of devices stands in the data only, where no character ends it.
        #expect(html.components(separatedBy: "</script>").count - 1 == 2)
        #expect(!html.contains("<img src=x"))
    }

    @Test("a whole suite of failures stays below five megabytes, and the page says what was left out")
    func size() throws {
        var run = SampleRun()
        for number in 1...200 { run.failed("fails-\(number)", packets: 600) }
        for number in 1...2000 { run.passed("passes-\(number)") }
        run.end()
        let html = try HTMLReport(run.archive).html
        #expect(html.utf8.count <= HTMLReport.limitBytes)
        #expect(html.contains("fails-200") && html.contains("passes-2000"))
        #expect(html.contains("newest packets") || html.contains("too many failures"))
        let small = try HTMLReport(self.run.archive).html
        #expect(!small.contains("newest packets") && small.utf8.count < 100_000)
    }

    @Test("small captures stand in the page, large ones beside it")
    func captures() throws {
        var run = SampleRun()
        run.failed("breaks")
        for (name, size) in [("small.pcapng", 100), ("large.pcapng", 1_000_000)] {
            run.add(
                "breaks", 1.1,
                .attached(
                    .init(name: name, path: "captures/\(name)", mediaType: "application/octet-stream", byteCount: size))
            )
        }
        run.end()
        let html = try HTMLReport(run.archive) { [UInt8](repeating: 65, count: $0.byteCount) }.html
        #expect(html.contains("QUFBQUFB") && html.utf8.count < 200_000)
        #expect(html.contains("\"path\":\"captures/large.pcapng\""))
    }

    @Test("in a browser, from a file: the failure, its path, packets and tabs are there, and hostile text is text")
    func browser() async throws {
        let dom = try await Chromium.dom(of: try HTMLReport(run.archive).html, at: "#s=breaks")
        #expect(dom.contains("1 of 2 scenarios did not pass"))
        #expect(dom.contains("first difference") && dom.contains("winner = park-a"))
        #expect(dom.contains("role=\"tab\"") && dom.contains("gateway d-118: forwarded to park-a"))
        #expect(dom.components(separatedBy: "class=\"packet up\"").count - 1 >= 8)
        #expect(dom.contains("class=\"packet refused\"") && dom.contains("class=\"packet down\""))
        for lane in ["anna/laptop", "gateway", "park-a", "park-b"] { #expect(dom.contains("<div>\(lane)</div>")) }
        #expect(dom.contains("mirox-rig run Scenarios/conflicts/b.scenario.yaml:3"))
        // As text it shows; as markup it would be an element.
        #expect(dom.contains("&lt;img src=x onerror") && !dom.contains("<img src"))
    }

    @Test("in a browser: totals, the requirement matrix, failures first")
    func overview() async throws {
        let dom = try await Chromium.dom(of: try HTMLReport(run.archive).html, at: "")
        #expect(dom.contains("Look here first") && dom.contains("What did not pass"))
        #expect(dom.contains("2 of 90 requirements are covered"))
        #expect(dom.contains("aria-label=\"R19 passed\"") && dom.contains("aria-label=\"R45 failed\""))
    }
}

/// Debian's browser without a window, told to print what a page has become.
enum Chromium {
    static func dom(of html: String, at hash: String) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "page-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "report.html")
        try Data(html.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "timeout", "60", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-dev-shm-usage", "--user-data-dir=\(folder.path)/profile", "--virtual-time-budget=3000",
            "--dump-dom", "file://\(file.path)\(hash)",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: pipe.fileHandleForReading.readDataToEndOfFile())
            }
        }
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "chromium ended with \(process.terminationStatus)")
        return String(decoding: data, as: UTF8.self)
    }
}
