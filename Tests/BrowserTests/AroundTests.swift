import AccessModel
import Addressing
import Browser
import ControlProtocol
import Foundation
import NIOHTTP1
import Testing

extension BrowserTests {
    /// The pages around the tab, and what guards them.
    @Suite("The pages around the tab", .serialized) struct AroundTests {
        @Test("An admin does by hand on the permissions page what a scenario does: member, plant, grant, cooperation")
        func permissions() async throws {
            try await Portal.serving { portal in
                try await portal.issue("ben", key: 90)
                try await Chromium.withSession { session in
                    try await portal.signIn(session, as: "olga", to: "/permissions")
                    try await session.run("document.querySelectorAll('details.add').forEach(d => d.open = true)")
                    try await fill(
                        session, "POST /api/v1/portfolios/sued/plants",
                        ["id": "neuland", "subnets": "10.77.0.0/24 10.78.0.0/24"])
                    try await session.wait(for: "document.querySelector('[data-key=\"plant neuland\"]')")
                    try await choose(session, "POST /api/v1/grants", ["person": "ben", "place": "plant:neuland"])
                    try await session.wait(for: "document.getElementById('grants-live').innerText.includes('neuland')")
                    try await session.wait(for: "document.getElementById('sync-live').innerText.includes('waiting')")
                    #expect(try await portal.rows(of: "ben").map(\.pending) == [.add, .add])
                    try await portal.sync()
                    try await session.wait(
                        for: "document.getElementById('sync-live').innerText.includes('Everything is applied')")
                    #expect(
                        try await portal.rows(of: "ben").map(\.subnet.description) == ["10.77.0.0/24", "10.78.0.0/24"])

                    // A wrong range is refused where it was typed.
                    try await fill(session, "POST /api/v1/plants/neuland/subnets", ["prefix": "8.8.8.0/24"])
                    try await session.wait(
                        for: "document.querySelector('.problem[role=alert]')?.innerText.includes('8.8.8.0/24')")
                    try await session.run(
                        "const s = document.querySelector('[aria-label=\"Job role of ben\"]'); s.value = 'viewer'; s.dispatchEvent(new Event('change', { bubbles: true }))"
                    )
                    try await session.wait(for: "document.getElementById('sync-live').innerText.includes('waiting')")
                    try await session.click(session.control("Pause suedlicht-nordwind"))
                    try await session.wait(for: "document.querySelector('.chip.paused')")
                    try await session.click(session.control("Delete plant neuland"))
                    #expect(try await session.label(of: session.focused) == "Cancel")
                    try await session.click(session.control("Delete plant", in: "#dialog"))
                    try await session.wait(for: "!document.querySelector('[data-key=\"plant neuland\"]')")
                    try await portal.sync()
                    #expect(try await portal.rows(of: "ben").isEmpty)
                }
            }
        }

        private func form(_ api: String) -> String { "form[data-api='\(api)']" }

        private func fill(_ session: BrowserSession, _ api: String, _ fields: [String: String]) async throws {
            for (name, text) in fields.sorted(by: { $0.key < $1.key }) {
                try await session.fill(session.visible("\(form(api)) [name=\(name)]"), with: text)
            }
            try await session.press(.enter)
        }

        private func choose(_ session: BrowserSession, _ api: String, _ fields: [String: String]) async throws {
            for (name, value) in fields {
                try await session.run(
                    "document.querySelector(arguments[0]).value = arguments[1]",
                    [.string("\(form(api)) [name=\(name)]"), .string(value)])
            }
            try await session.click("\(form(api)) button")
        }

        @Test(
            "R55, R82: only the operator organization's admins see its audit; others are told so, and led to the sign-in"
        )
        func audit() async throws {
            try await Portal.serving { portal in
                try await portal.issue("anna")
                try await Chromium.withSession { session in
                    try await session.go(to: "\(portal.address)/organizations/nordwind/audit")
                    #expect(try await session.address.contains("/login?next=%2Forganizations%2Fnordwind%2Faudit"))
                    try await session.click("button[name=person][value=olga]")
                    try await session.wait(
                        for: "document.querySelector('main').innerText.includes('certificate.issued')")
                    for stranger in ["anna", "sven"] {
                        try await portal.signIn(session, as: stranger, to: "/organizations/nordwind/audit")
                        #expect(try await session.text(of: "main").contains("That is not yours to see"))
                    }
                }
            }
        }

        @Test("Whoever is deactivated is told so on the open page, and by every page that is opened then")
        func deactivated() async throws {
            try await Portal.serving { portal in
                try await portal.issue("anna")
                try await Chromium.withSession { session in
                    try await portal.signIn(session, as: "anna")
                    try await session.wait(for: "document.querySelector('#routes')")
                    try await portal.call("olga", .POST, "/api/v1/people/anna/deactivate")
                    try await session.wait(
                        for: "document.getElementById('stale').innerText.includes('anna is deactivated')")
                    try await session.reload()
                    #expect(try await session.text(of: "main").contains("Anna Thalbach is deactivated"))
                }
            }
        }

        @Test("Over plain HTTP from an address there is no cryptography: the page says so, and where to go")
        func insecure() async throws {
            try await Portal.serving { portal in
                let options = BrowserOptions(names: ["control-plane.test": "127.0.0.1"])
                try await Chromium.withSession(options) { session in
                    try await session.go(to: "http://control-plane.test:\(portal.port)/login")
                    try await session.click("button[name=person][value=anna]")
                    try await session.wait(for: "!document.getElementById('insecure').hidden")
                    #expect(try await session.text(of: "#insecure").contains("http://localhost:\(portal.port)"))
                    let isEnabled: Bool = try await session.run("return !document.getElementById('issue').disabled")
                    #expect(!isEnabled)
                }
            }
        }

        @Test("Another site's page can neither sign in nor act; the cookie is out of scripts' reach; nothing is kept")
        func forgery() async throws {
            try await Portal.serving { portal in
                try await Chromium.withSession(BrowserOptions(names: ["evil.test": "127.0.0.1"])) { session in
                    try await portal.signIn(session, as: "anna")
                    let cookie = try #require(try await session.cookies().first { $0["name"] == "mirox-session" })
                    #expect(cookie["httpOnly"] == true && cookie["sameSite"] == "Strict")
                    #expect(try await session.run("return document.cookie", as: String.self).isEmpty)
                    let statuses: [Int] = try await session.run(
                        """
                        const call = (token, path) => fetch(path, { method: 'DELETE', headers: token ? { 'X-CSRF-Token': token } : {} }).then(a => a.status);
                        const token = document.querySelector('meta[name=csrf-token]').content;
                        const other = token.replace(/^./, c => c === '0' ? '1' : '0');
                        return (async () => [await call('', arguments[0]), await call(other, arguments[0]), await call(token, arguments[0])])();
                        """, ["/api/v1/me/vpn/certificate"])
                    #expect(statuses == [403, 403, 204])
                    let page: [String?] = try await session.run(
                        "return fetch('/profile/vpn').then(a => ['Cache-Control', 'Content-Security-Policy', 'X-Content-Type-Options'].map(n => a.headers.get(n)))"
                    )
                    #expect(page[0] == "no-store" && page[2] == "nosniff")
                    #expect(page[1]?.contains("default-src 'none'; script-src 'self'; style-src 'self'") == true)

                    // The same server under another name is another site.
                    try await session.go(to: "http://evil.test:\(portal.port)/login")
                    try await session.run(
                        "document.querySelector('form').action = arguments[0]", [.string("\(portal.address)/login")])
                    try await session.click("button[name=person][value=olga]")
                    // Its policy keeps the form from leaving; without the policy the server refuses the origin.
                    #expect(try await session.address.contains("evil.test"))
                }
                let refused = await #expect(throws: Portal.Refused.self) {
                    try await portal.send(.POST, "/login", "person=olga", headers: ["Origin": "http://evil.test"])
                }
                #expect(refused?.status == 403)
            }
        }
    }
}
