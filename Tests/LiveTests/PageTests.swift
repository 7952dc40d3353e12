import Browser
import Foundation
import Testing

extension LiveTests {
    /// The pages of a served lab, in a browser on the host.
    @Suite("Pages of a served lab", .serialized)
    struct PageTests {
        private func withBrowser(_ body: (WebDriver, String) async throws -> Void) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "pages-\(UUID().uuidString)")
            let downloads = folder.appending(path: "downloads").path
            try FileManager.default.createDirectory(atPath: downloads, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let driver = try await WebDriver(try .installed(), folder: folder.path)
            do {
                try await body(driver, downloads)
            } catch {
                await driver.quit()
                throw error
            }
            await driver.quit()
        }

        @Test("a certificate issued in the browser: a stock wireguard-go with the downloaded file reaches a device")
        func issued() async throws {
            try await TestLab.serving { lab in
                let web = try #require(lab.web)
                try await withBrowser { driver, downloads in
                    let session = try await driver.open(BrowserOptions(downloads: downloads))
                    try await session.go(to: "\(web)login")
                    try await session.click("button[name=person][value=anna]")
                    // The lab has connected everybody already; this one comes from the page.
                    try await session.click(session.control("Revoke cert"))
                    try await session.click(session.control("Revoke", in: "#dialog"))
                    try await session.click(session.control("Issue cert"))
                    _ = try await session.visible("#delivery svg")
                    let file = "\(downloads)/mirox-vpn.conf"
                    let clock = ContinuousClock()
                    let end = clock.now + .seconds(20)
                    while try !FileManager.default.fileExists(atPath: file)
                        || String(contentsOfFile: file, encoding: .utf8).isEmpty
                    {
                        try #require(clock.now < end, "nothing was downloaded")
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    try await session.click(session.control("I have saved it"))
                    let key = try await session.text(of: "#public-key")
                    let result = try await lab.exec(
                        "internet", Rig.client("stock-in-lab.sh"), file, "192.168.1.30", seconds: 60)
                    let answer = result.output.lowercased()
                    #expect(result.status == 0 && answer.contains("x-plant: sonnenfeld"), "\(result)")
                    #expect(result.output.contains("key: \(key)"), "\(result)")
                    try await session.wait(
                        for:
                            "[...document.querySelectorAll('.sessions .status')].some(e => e.innerText.includes('Online'))"
                    )
                }
            }
        }

        @Test(
            "with an exposed gateway, what the page certifies leads to it, and the laptops inside stay where they are")
        func exposed() async throws {
            try await TestLab.serving(Rig.nordwind, ["--expose", "127.0.0.1:0"]) { lab in
                let web = try #require(lab.web)
                let token = try await lab.ask("token", "anna").output.trimmingCharacters(in: .whitespacesAndNewlines)
                let key = Data((0..<32).map { _ in UInt8.random(in: 1...200) }).base64EncodedString()
                let answer = try await Program.run(
                    "curl", "-sS", "-H", "Authorization: Bearer \(token)", "-d", "{\"publicKey\":\"\(key)\"}",
                    "\(web)api/v1/me/vpn/certificate/rotate")
                #expect(answer.output.contains("\"endpoint\":\"127.0.0.1:"), "\(answer)")
                #expect(answer.output.contains("\"mtu\":1420"), "\(answer)")
                #expect(try await lab.status().laptops.first { $0.name == "ben/laptop" }?.tunnel == "up")
            }
        }

        @Test("the lab page draws the fleet, tells packet decisions, and switches faults")
        func labPage() async throws {
            try await TestLab.serving { lab in
                let web = try #require(lab.web)
                try await withBrowser { driver, _ in
                    let session = try await driver.open(BrowserOptions(height: 1400))
                    try await session.go(to: "\(web)lab")
                    try await session.click("button[name=lab]")
                    try await session.wait(for: "document.querySelector('#picture svg[role=img]')")
                    let picture = try await session.element("#picture svg")
                    #expect(
                        try await session.label(of: picture).contains(
                            "3 laptops, 2 with their tunnel up; 4 plants, 4 with their agent up"))
                    _ = try await lab.exec("anna/laptop", "ping", "-c", "2", "-i", "0.2", "192.168.1.20")
                    try await session.wait(
                        for: "document.querySelector('#decisions').innerText.includes('anna → sonnenfeld')")
                    _ = try await lab.exec("ben/laptop", "ping", "-c", "1", "-W", "1", "192.168.1.20")
                    try await session.wait(for: "document.querySelector('#decisions tr.refused')")
                    if let folder = ProcessInfo.processInfo.environment["MIROX_RIG_SCREENSHOTS"] {
                        for (name, isDark) in [("light", false), ("dark", true)] {
                            try await session.show(dark: isDark, reducedMotion: true)
                            let place = URL(filePath: folder).appending(path: name)
                            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                            try await session.picture().write(to: place.appending(path: "lab.png"))
                        }
                    }

                    try await session.click(session.control("Cut line sonnenfeld"))
                    try await session.wait(for: "document.querySelector('#faults').innerText.includes('is cut')")
                    let cut = try await lab.exec("anna/laptop", "ping", "-c", "1", "-W", "1", "192.168.1.20")
                    #expect(cut.status != 0, "\(cut)")
                    try await session.click("#faults [data-key^='fault '] button")
                    try await session.wait(
                        for: "document.querySelector('#faults').innerText.includes('Nothing is wrong')")
                    let healed = try await lab.exec("anna/laptop", "ping", "-c", "5", "-i", "0.3", "192.168.1.20")
                    #expect(healed.output.contains("bytes from"), "\(healed)")
                    // Each button stays what it is when a neighbour goes.
                    let delay = try await session.control("Delay 300 ms sonnenfeld")
                    try await session.run("arguments[0].focus()", [delay.value])
                    _ = try await lab.ask("do", "agent: { unprovision: sonnenfeld }")
                    _ = try await session.control("Provision sonnenfeld")
                    #expect(try await session.focused == delay)
                    #expect(try await session.label(of: delay) == "Delay 300 ms sonnenfeld")
                    try await session.click(session.control("Disconnect anna/laptop"))
                    try await session.wait(
                        for: "document.querySelector('[data-key=\"anna/laptop\"]').innerText.includes('tunnel down')")
                    #expect(try await lab.status().laptops.first { $0.name == "anna/laptop" }?.tunnel == "down")
                }
            }
        }
    }
}
