import AccessModel
import Addressing
import Browser
import ControlProtocol
import Foundation
import NIOHTTP1
import TestRequirements
import Testing

extension BrowserTests {
    /// The tab as the guide tells it, word by word.
    @Suite("The VPN tab", .serialized) struct VPNTabTests {
        /// Anna on her tab, with a certificate and a conflict.
        private func withAnna(
            _ options: BrowserOptions = BrowserOptions(), _ body: (Portal, BrowserSession) async throws -> Void
        ) async throws {
            try await Portal.serving { portal in
                try await portal.issue("anna")
                try await Chromium.withSession(options) { session in
                    try await portal.signIn(session, as: "anna")
                    try await body(portal, session)
                }
            }
        }

        @Test(
            "Three cards in their order with the guide's labels, reached by the profile menu and by a link",
            .covers("R1", "R2", "R3", "R25", "R34", "R35", "R40", "R41", "R86", "R87"))
        func labels() async throws {
            try await withAnna { portal, session in
                try await session.go(to: "\(portal.address)/profile")
                try await session.click(session.element(".menu > summary"))
                try await session.click(session.control("Profile", in: ".menu"))
                try await session.click(session.control("VPN", in: ".tabs"))
                try await session.wait(for: "location.pathname === '/profile/vpn'")
                let cards: [String] = try await session.run(
                    "return [...document.querySelectorAll('main section h2')].map(e => e.innerText)")
                #expect(cards == ["Reachable subnets", "Recent connections", "Manage VPN certificate"])
                for label in ["Refresh", "Rotate cert", "Revoke cert"] {
                    let button = try await session.control(label)
                    #expect(try await session.role(of: button) == "button")
                    #expect(try await session.label(of: button) == label)
                }
                #expect(try await session.elements("#issue").isEmpty)
                let statuses: [String] = try await session.run(
                    "return [...document.querySelectorAll('#routes .status')].map(e => e.innerText.trim().split('\\n').pop())"
                )
                #expect(statuses == ["active", "conflict", "unreachable", "active", "active"])
                let table = try await session.element("#routes")
                #expect(try await session.role(of: table) == "table")
                #expect(try await session.label(of: table) == "Reachable subnets, conflicts first")
                let group = try await session.element("#routes .conflicts .group th")
                #expect(try await session.role(of: group) == "rowheader")
                let button = try await session.element("tr.loser button")
                #expect(try await session.label(of: button) == "Use this park… Abendrot for 192.168.1.0/24")
                #expect(try await session.role(of: session.element("#status")) == "status")
                #expect(try await session.text(of: "tr.loser .status").contains("▲"))
                try await expectLayout(of: session)
            }
        }

        /// The last card is red; subnet, plant and status are columns; organization and portfolio are group headers, and stand
        /// in the row itself where a conflict brings several together.
        private func expectLayout(of session: BrowserSession) async throws {
            let colour: [Int] = try await session.run(
                "return getComputedStyle(document.getElementById('certificate-title')).color.match(/\\d+/g).map(Number)"
            )
            #expect(colour[0] > 2 * max(colour[1], colour[2]), "\(colour) is no red")
            let columns: [String] = try await session.run(
                "return [...document.querySelectorAll('#routes thead th')].map(e => e.innerText.trim())")
            #expect(Array(columns.prefix(3)) == ["Plant", "Subnet", "Status"])
            let groups: [String] = try await session.run(
                "return [...document.querySelectorAll('#routes .group th')].map(e => e.innerText.replace(/\\s+/g, ' ').trim())"
            )
            #expect(groups == ["⚠ Conflict: 192.168.1.0/24", "Nordwind Energie ▸ Nord", "Nordwind Energie ▸ Süd"])
            #expect(try await session.text(of: "tr.loser .path").contains("Südlicht ▸ West"))
            let order: [String] = try await session.run(
                "return [...document.querySelectorAll('#routes tr.row')].map(e => e.dataset.plant)")
            #expect(order == ["sonnenfeld", "abendrot", "deichhof", "sonnenfeld", "weinberg"])
        }

        @Test(
            "Recent connections: start in the reader's zone, Online, place, source and a volume for people, with the advice",
            .covers("R51", "R53", "R54", "R55", "R86", "R88"))
        func sessions() async throws {
            try await withAnna { portal, session in
                try await portal.report([portal.state(of: Fleet.key(7), up: 1_200_000, down: 312_345)])
                try await session.wait(for: "document.querySelector('.sessions .status.active')")
                // India is no whole hours away from anybody's UTC.
                try await session.devtools("Emulation.setTimezoneOverride", ["timezoneId": "Asia/Kolkata"])
                try await session.reload()
                try await session.wait(for: "document.querySelector('.sessions time')?.title.includes('0530')")
                let columns: [String] = try await session.run(
                    "return [...document.querySelectorAll('.sessions th[scope=col]')].map(e => e.innerText.trim())")
                #expect(columns == ["Started", "Duration", "Location", "Source IP", "Data volume"])
                let shown: String = try await session.text(of: ".sessions time")
                let minute: String = try await session.run(
                    "return new Date(Date.parse(document.querySelector('.sessions time').dateTime) + 330 * 60000).toISOString().slice(14, 16)"
                )
                #expect(shown.contains(":\(minute)"), "\(shown) is not half an hour off UTC")
                let row: String = try await session.text(of: ".sessions tbody tr")
                for text in ["Online", "Munich, Germany", "203.0.113.50", "1.5 MB"] {
                    #expect(row.contains(text), "\(row) lacks \(text)")
                }
                let card = try await session.text(of: "section:has(#sessions-title)")
                #expect(card.contains("Rotate your certificate immediately"))
                #expect(card.contains("the access audit of a plant is with its operator organization"))
                // Two minutes later it is not Online any more; its duration is in words.
                try await portal.call("lab", .POST, "/api/v1/clock", #"{"advance":7500}"#)
                try await session.reload()
                try await session.wait(for: "document.querySelector('.sessions tbody [data-seconds]')")
                #expect(try await session.elements(".sessions .status.active").isEmpty)
            }
        }

        @Test(
            "Issue downloads the file by itself, shows its QR code once, and a second Issue is impossible",
            .covers("R3", "R9", "R10", "R11", "R12", "R14", "R15", "R16", "R17", "R20", "R86"))
        func issue() async throws {
            try await Portal.serving { portal in
                try await Chromium.withDriver { driver in
                    let downloads = driver.folder + "/downloads"
                    try FileManager.default.createDirectory(atPath: downloads, withIntermediateDirectories: true)
                    let session = try await driver.open(BrowserOptions(keepsNetworkLog: true, downloads: downloads))
                    try await portal.signIn(session, as: "anna")
                    let other = try await session.openTab()
                    try await session.go(to: "\(portal.address)/profile/vpn")
                    let staleIssue = try await session.control("Issue cert")
                    let handles: [String] = try await session.tabs
                    try await session.show(handles.first { $0 != other } ?? other)

                    try await session.click(session.control("Issue cert"))
                    let picture = try await session.visible("#delivery svg")
                    let file = try await Download.wait(in: downloads)
                    #expect(file.name == "mirox-vpn.conf")
                    #expect(try await Zbar.read(session.picture(of: picture)) == file.text)
                    let text = file.text
                    #expect(text.contains("Address = 100.64.0.2/32\n") && text.contains("PersistentKeepalive = 25\n"))
                    #expect(text.contains("AllowedIPs = 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.1/32\n"))
                    #expect(!text.contains("DNS"))

                    // Escape does not lose the key; the button ends it for good.
                    try await session.press(.escape, .escape)
                    #expect(try await session.elements("#delivery[open]").count == 1)
                    try await session.click(session.control("I have saved it"))
                    try await session.wait(for: "!document.querySelector('#delivery[open]')")
                    #expect(try await session.elements("#delivery svg").isEmpty)
                    try await session.reload()
                    _ = try await session.visible("#rotate")
                    #expect(try await session.elements("#delivery[open], #delivery svg, #issue").isEmpty)
                    let shown = try await session.text(of: "#public-key")
                    #expect(try await portal.overview(of: "anna").certificate?.publicKey.description == shown)

                    // The other tab has learnt of it, and a click that was faster than that is refused.
                    try await session.show(other)
                    try await session.wait(
                        for: "document.getElementById('public-key')?.textContent === args[0]", [.string(shown)])
                    #expect(try await session.elements("#issue").isEmpty)
                    await #expect(throws: BrowserError.self) { try await session.click(staleIssue) }

                    try await proveSecrecy(of: text, portal, session)
                    try await session.close()
                }
            }
        }

        /// R11: the private key is in no request that the browser made, and in no byte that the control plane keeps.
        private func proveSecrecy(of file: String, _ portal: Portal, _ session: BrowserSession) async throws {
            let line = try #require(file.split(separator: "\n").first { $0.hasPrefix("PrivateKey = ") })
            let key = String(line.dropFirst("PrivateKey = ".count))
            let bytes = try #require(Data(base64Encoded: key))
            #expect(bytes.count == 32)
            let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            let url = key.replacing("+", with: "-").replacing("/", with: "_").prefix(43)
            let log = try await session.networkLog()
            let posts = log.filter { $0.contains("\"POST\"") && $0.contains("/me/vpn/certificate") }
            #expect(!posts.isEmpty, "the log has the request that must not hold the key")
            for secret in [key, String(url), hex, hex.uppercased(), String(key.prefix(42))] {
                #expect(!log.contains { $0.contains(secret) })
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: portal.folder.path) {
                let content = try Data(contentsOf: portal.folder.appending(path: name))
                for secret in [bytes, Data(key.utf8), Data(hex.utf8), Data(url.utf8)] {
                    #expect(content.range(of: secret) == nil, "\(name)")
                }
            }
        }

        @Test(
            "A conflict is switched by keyboard alone; Escape changes nothing and gives the focus back",
            .covers("R43", "R44", "R45", "R46", "R47", "R86", "R87", "R89"))
        func keyboard() async throws {
            try await withAnna { portal, session in
                try await session.run("document.getElementById('main').focus()")
                var steps = 0
                while try await session.run(
                    "return document.activeElement?.matches('tr.loser button') ?? false", as: Bool.self) == false
                {
                    try await session.press(.tab)
                    steps += 1
                    try #require(steps < 40, "no way to the button by Tab")
                }
                let name = try await session.label(of: session.focused)
                try await session.press(.enter)
                try await session.wait(for: "document.querySelector('#dialog[open]')")
                #expect(try await session.text(of: "#dialog-title") == "Use park Abendrot for 192.168.1.0/24?")
                #expect(try await session.text(of: "#dialog-body").contains("Sonnenfeld stays attached to your VPN"))
                #expect(try await session.label(of: session.focused) == "Use this park")
                #expect(try await session.role(of: session.element("#dialog")) == "dialog")
                try await session.press(.escape)
                try await session.wait(for: "!document.querySelector('#dialog[open]')")
                #expect(try await session.label(of: session.focused) == name)
                #expect(try await portal.winner("anna") == "sonnenfeld")

                try await session.press(.enter)
                try await session.wait(for: "document.querySelector('#dialog[open]')")
                try await session.press(.enter)
                try await session.wait(for: "document.querySelector('tr.winner')?.dataset.name === 'Abendrot'")
                #expect(try await portal.winner("anna") == "abendrot")
                // Back again, by a click on the row itself.
                try await session.click("tr.loser td:nth-child(2)")
                try await session.click(session.control("Use this park", in: "#dialog"))
                try await session.wait(for: "document.querySelector('tr.winner')?.dataset.name === 'Sonnenfeld'")
                #expect(try await portal.winner("anna") == "sonnenfeld")
            }
        }

        @Test(
            "Revoke starts on Cancel and takes everything; Rotate shows the new key as waiting for the sync",
            .covers("R4", "R20", "R56", "R58", "R60", "R61", "R62", "R86", "R89"))
        func manage() async throws {
            try await withAnna { portal, session in
                let old = try await session.text(of: "#public-key")
                let red: [Int] = try await session.run(
                    "return getComputedStyle(document.getElementById('revoke')).color.match(/\\d+/g).map(Number)")
                #expect(red[0] > 2 * max(red[1], red[2]), "\(red) is no red")
                try await session.click(session.control("Rotate cert"))
                #expect(try await session.label(of: session.focused) == "Cancel")
                try await session.click(session.control("Rotate & download", in: "#dialog"))
                try await session.click(session.control("I have saved it"))
                try await session.wait(for: "document.querySelector('[data-certificate=rotating]')")
                let new = try await session.text(of: "#public-key")
                #expect(new != old)
                #expect(
                    try await session.text(of: "[data-certificate]").contains(
                        "waiting for the sync, do not rotate again"))
                try await portal.sync()
                try await session.wait(for: "document.querySelector('[data-certificate=issued]')")
                #expect(try await session.text(of: "#public-key") == new)

                try await session.click(session.control("Revoke cert"))
                #expect(try await session.label(of: session.focused) == "Cancel")
                try await session.click(session.control("Revoke", in: "#dialog"))
                _ = try await session.control("Issue cert")
                #expect(try await session.elements("#routes tr.row, #rotate, #revoke").isEmpty)
                #expect(try await portal.overview(of: "anna").state == .none)
            }
        }

        @Test(
            "Search, portfolio and plant combine, keep the groups, and work without JavaScript too",
            .covers("R31", "R32", "R33"))
        func filters() async throws {
            try await withAnna { portal, session in
                let rows =
                    "[...document.querySelectorAll('#routes tr.row')].filter(r => r.checkVisibility()).map(r => r.dataset.key)"
                try await session.fill(session.control("Search"), with: "10.20")
                try await session.wait(for: "\(rows).length === 2")
                try await session.run(
                    "const s = document.querySelector('[name=plant]'); s.value = 'weinberg'; s.dispatchEvent(new Event('input', { bubbles: true }))"
                )
                try await session.wait(for: "\(rows).length === 1")
                #expect(try await session.elements("#routes tbody:not([hidden]) .group").count == 1)
                #expect(try await session.address.hasSuffix("?search=10.20&plant=weinberg"))
                try await session.fill(session.control("Search"), with: "abendrot")
                try await session.wait(for: "!document.getElementById('nothing-found').hidden")
                // The filter outlives an update.
                try await portal.call("olga", .DELETE, "/api/v1/grants/anna~portfolio:nord")
                try await session.wait(for: "document.querySelector('#status').textContent.includes('pending: remove')")
                #expect(try await session.run("return \(rows).length", as: Int.self) == 0)
                try await session.click(session.control("Clear filter"))
                try await session.wait(for: "\(rows).length === 5")
            }
            try await withAnna(BrowserOptions(runsScripts: false)) { portal, session in
                try await session.go(to: "\(portal.address)/profile/vpn?search=WEIN&portfolio=sued&plant=")
                let text = try await session.text(of: "#routes-live")
                #expect(text.contains("10.20.0.0/24") && !text.contains("192.168.1.0/24"))
                #expect(try await session.text(of: "main").contains("Without JavaScript this page can be read"))
                try await session.click("#filter button[type=submit]")
            }
        }

        @Test("At 320 px and at 200 % nothing runs out of the page, and every control can be clicked")
        func narrow() async throws {
            try await withAnna { portal, session in
                for (width, zoom) in [(320, 1.0), (1280, 2.0), (640, 2.0)] {
                    try await session.show(width: width, height: 800, zoom: zoom)
                    for path in ["/profile/vpn", "/profile"] {
                        try await session.go(to: portal.address + path)
                        let over: Double = try await session.run(
                            "return document.documentElement.scrollWidth - innerWidth")
                        #expect(over <= 0, "\(path) at \(width) px, zoom \(zoom)")
                    }
                    try await session.go(to: "\(portal.address)/profile/vpn")
                    try await session.click("tr.loser button")
                    try await session.wait(for: "document.querySelector('#dialog[open]')")
                    try await session.press(.escape)
                }
            }
        }
    }
}
