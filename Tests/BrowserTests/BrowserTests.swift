import Browser
import Foundation
import Testing

/// Tests in a real browser, one after the other: two cores cannot show many pages at once.
@Suite("In a real browser", .serialized, .timeLimit(.minutes(3))) struct BrowserTests {}

extension BrowserTests {
    @Suite("The driver", .serialized) struct DriverTests {
        @Test("A page is shown, read, typed into and clicked; what is waited for and does not come is told")
        func drives() async throws {
            try await Chromium.withSession { session in
                let page = """
                    <title>A page</title><label>Name <input></label>
                    <button onclick="document.querySelector('p').textContent = document.querySelector('input').value">
                    Greet</button><p>nobody</p>
                    """
                let encoded = Data(page.utf8).base64EncodedString()
                try await session.go(to: "data:text/html;base64,\(encoded)")
                #expect(try await session.title == "A page")
                let box = try await session.control("Name")
                #expect(try await session.role(of: box) == "textbox")
                #expect(try await session.label(of: box) == "Name")
                try await session.fill(box, with: "anna")
                try await session.press(.tab, .enter)
                try await session.wait(for: "document.querySelector('p').textContent === args[0]", ["anna"])
                let sum: Int = try await session.run("return arguments[0] + arguments[1]", [1, 2])
                #expect(sum == 3)
                #expect(try await session.picture().starts(with: [0x89, 0x50, 0x4E, 0x47]))
                let error = await #expect(throws: BrowserError.self) {
                    try await session.wait(for: "document.querySelector('p').textContent === 'ben'", seconds: 0.2)
                }
                #expect(error?.code == .late && error?.message.contains("anna") == true)
            }
        }

        @Test("A driver that quits takes its browsers with it, also those that nobody closed")
        func quits() async throws {
            let process: Int32 = try await Chromium.withDriver { driver in
                let session = try await driver.open()
                let lines = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
                // The browser is the process that was told this driver's home.
                let ours = lines.first { pid in
                    let arguments = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
                    let environment = try? String(contentsOfFile: "/proc/\(pid)/environ", encoding: .utf8)
                    return arguments?.contains("--headless=new") == true && arguments?.contains("--type=") == false
                        && environment?.contains("HOME=\(driver.folder)\0") == true
                }
                try await session.go(to: "about:blank")
                return try #require(ours)
            }
            let end = ContinuousClock.now + .seconds(10)
            while kill(process, 0) == 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
            #expect(kill(process, 0) != 0)
        }

        @Test("What browsers write lies in the driver's folder, and goes with it")
        func folder() async throws {
            try await Chromium.withDriver { driver in
                let session = try await driver.open(BrowserOptions())
                let names = try FileManager.default.contentsOfDirectory(atPath: driver.folder)
                #expect(names.contains { $0.hasPrefix("org.chromium.") }, "\(names)")
                try await session.close()
            }
        }

        @Test("A browser that is not there is said to be not installed or not started")
        func missing() async throws {
            let nothing = BrowserProgram(browser: "/nowhere/chromium", driver: "/nowhere/chromedriver")
            let error = await #expect(throws: BrowserError.self) {
                _ = try await WebDriver(nothing, folder: NSTemporaryDirectory())
            }
            #expect(error?.code == .notStarted)
        }
    }
}

/// The browser of this machine, with a driver for each test that ends with it.
enum Chromium {
    static func withSession<Answer>(
        _ options: BrowserOptions = BrowserOptions(), _ body: (BrowserSession) async throws -> Answer
    ) async throws -> Answer {
        try await withDriver { driver in
            let session = try await driver.open(options)
            let answer = try await body(session)
            try await session.close()
            return answer
        }
    }

    static func withDriver<Answer>(_ body: (WebDriver) async throws -> Answer) async throws -> Answer {
        let folder = FileManager.default.temporaryDirectory.appending(path: "browser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let driver = try await WebDriver(try .installed(), folder: folder.path)
        do {
            let answer = try await body(driver)
            await driver.quit()
            return answer
        } catch {
            await driver.quit()
            throw error
        }
    }
}
