import AccessModel
import Browser
import Foundation
import ScenarioModel

/// Real browsers on laptops, started when a scenario first wants one.
extension LiveWorld {
    /// A laptop's browser.
    struct LaptopBrowser {
        var session: BrowserSession
        var downloads: String
        /// Files that were taken from the downloads already.
        var taken: Set<String> = []
    }

    private var site: String { "http://\(LabLayout.controlPlane)" }

    func use(_ page: Action.PageUse) async throws {
        do {
            let session = try await browser(on: page.laptop).session
            switch page.gesture {
            case .open(let path): try await session.go(to: site + path)
            case .click(let name):
                try await session.click(session.control(name, row: page.row, seconds: Self.patienceSeconds))
            case .type(let text, let box):
                try await session.fill(
                    session.control(box, row: page.row, seconds: Self.patienceSeconds), with: text)
            case .press(let name):
                guard let key = Key(rawValue: name) else {
                    throw WorldProblem(.environment, "there is no key '\(name)'")
                }
                try await session.press(key)
            }
            try await session.wait(for: "!document.querySelector('[aria-busy=true]')")
            if case .click(let name) = page.gesture, Action.PageUse.downloading.contains(name) {
                try await takeDownload(on: page.laptop)
            }
        } catch let error as BrowserError {
            throw WorldProblem(.environment, "\(page.sentence): \(error)")
        }
    }

    /// Long enough for a page, short enough for a person.
    private static let patienceSeconds = 10.0

    func look(at page: Condition.Page) async throws -> PageSighting {
        guard let browser = browsers[page.laptop] else {
            throw WorldProblem(
                .environment, "no page was opened on \(page.laptop): say 'page: { laptop: …, open: … }' first")
        }
        return try await browser.session.run(
            """
            const words = element => element.innerText.replace(/\\s+/g, ' ').trim();
            return { path: location.pathname, text: words(document.body), rows: [...document.querySelectorAll('tr')]
              .filter(row => row.checkVisibility()).map(words) };
            """)
    }

    /// The laptop's browser, with its person signed in.
    private func browser(on laptop: LaptopID) async throws -> LaptopBrowser {
        if let browser = browsers[laptop] { return browser }
        let driver = try await browserDriver()
        let downloads = "\(driver.folder)/\(laptop.description.split(separator: "/").joined(separator: "-"))"
        try FileManager.default.createDirectory(atPath: downloads, withIntermediateDirectories: true)
        // Browsers do cryptography for secure pages only; the lab's internet has no certificates.
        let session = try await driver.open(BrowserOptions(trustedOrigins: [site], downloads: downloads))
        try await session.go(to: "\(site)/login")
        try await session.click("button[name=person][value='\(laptop.person)']")
        try await session.wait(for: "location.pathname !== '/login'")
        let browser = LaptopBrowser(session: session, downloads: downloads)
        browsers[laptop] = browser
        return browser
    }

    private func browserDriver() async throws -> WebDriver {
        if let driver { return driver }
        let folder = "\(LabLayout.stateFolder)/browser"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let started = try await WebDriver(try .installed(), folder: folder)
        driver = started
        return started
    }

    /// What the page has downloaded is the laptop's newest `.conf`.
    private func takeDownload(on laptop: LaptopID) async throws {
        let end = Date(timeIntervalSinceNow: Self.patienceSeconds)
        while Date() < end, let browser = browsers[laptop] {
            let names = try FileManager.default.contentsOfDirectory(atPath: browser.downloads).sorted()
            if let name = names.first(where: { $0.hasSuffix(".conf") && !browser.taken.contains($0) }) {
                let text = try String(contentsOfFile: "\(browser.downloads)/\(name)", encoding: .utf8)
                if text.hasSuffix("\n") {
                    browsers[laptop]?.taken.insert(name)
                    profiles[laptop] = text
                    holders[laptop.person] = laptop
                    return
                }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw WorldProblem(.environment, "the page on \(laptop) downloaded no .conf")
    }
}
