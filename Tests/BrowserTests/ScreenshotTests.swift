import AccessModel
import Addressing
import Browser
import ControlProtocol
import Foundation
import NIOHTTP1
import Testing

/// The states of the pages, one after the other: what is photographed and what axe looks at.
struct States {
    let portal: Portal
    let session: BrowserSession

    /// Brings each state about and shows it.
    func each(_ look: (_ name: String) async throws -> Void) async throws {
        try await session.go(to: "\(portal.address)/login")
        try await look("login")
        try await portal.signIn(session, as: "ben")
        try await look("no-certificate")
        try await portal.issue("ben", key: 90)
        try await session.wait(for: "document.getElementById('public-key')")
        try await look("no-permission")
        try await withoutGateway(look)
        try await session.go(to: "\(portal.address)/profile")
        try await look("profile")

        try await portal.signIn(session, as: "anna")
        try await session.click(session.control("Issue cert"))
        try await session.wait(for: "document.querySelector('#delivery[open] svg')")
        try await look("delivery")
        try await session.click(session.control("I have saved it"))
        try await session.wait(for: "document.querySelector('tr.loser')")
        try await look("active")
        try await openDialog("#routes tr.loser button", "use-park", look)
        try await session.click(session.control("Rotate cert"))
        try await look("rotate")
        try await session.press(.escape)
        try await session.click(session.control("Revoke cert"))
        try await look("revoke")
        try await session.press(.escape)

        try await sessions()
        try await look("sessions")
        try await session.fill(session.control("Search"), with: "nowhere")
        try await session.wait(for: "!document.getElementById('nothing-found').hidden")
        try await look("nothing-found")
        try await session.click(session.control("Clear filter"))
        try await portal.call("olga", .DELETE, "/api/v1/grants/anna~portfolio:nord")
        try await portal.call("anna", .POST, "/api/v1/me/vpn/certificate/rotate", Self.rotation)
        try await session.wait(for: "document.querySelector('[data-certificate=rotating]')")
        try await session.wait(for: "document.querySelector('.pending')")
        try await look("pending")
        await portal.stop()
        try await session.wait(for: "!document.getElementById('stale').hidden")
        try await look("stale")
        try await portal.start()
        try await session.wait(for: "document.getElementById('stale').hidden")

        try await portal.sync()
        try await accesses()
        try await portal.signIn(session, as: "olga", to: "/organizations/nordwind/audit")
        try await look("audit")
        try await session.go(to: "\(portal.address)/permissions")
        try await look("permissions")
        try await session.run("document.querySelectorAll('details').forEach(d => d.open = !d.matches('.menu'))")
        try await look("permissions-open")
        try await session.go(to: "\(portal.address)/organizations/suedlicht/audit")
        try await look("refused")
        try await portal.signIn(session, as: "rig", to: "/lab")
        try await session.wait(for: "document.querySelector('#picture svg')")
        try await look("lab-still")
    }

    /// Where `make screenshots` wants its pictures.
    static var pictureFolder: String? { ProcessInfo.processInfo.environment["MIROX_RIG_SCREENSHOTS"] }

    static let rotation = #"{"publicKey":"\#(Fleet.key(33))"}"#

    private func openDialog(_ selector: String, _ name: String, _ look: (String) async throws -> Void) async throws {
        try await session.click(selector)
        try await session.wait(for: "document.querySelector('#dialog[open]')")
        try await look(name)
        try await session.press(.escape)
        try await session.wait(for: "!document.querySelector('#dialog[open]')")
    }

    /// R80: what waits for a gateway that cannot be reached, and that one can issue meanwhile.
    private func withoutGateway(_ look: (String) async throws -> Void) async throws {
        await portal.disconnectGateway()
        try await portal.call("ben", .DELETE, "/api/v1/me/vpn/certificate")
        try await session.wait(for: "document.querySelector('[data-certificate=revoking] #issue')")
        try await look("revoking")
        try await portal.issue("ben", key: 91)
        try await session.wait(for: "document.querySelector('[data-certificate=issuing] #rotate')")
        try await look("issuing")
        portal.connectGateway()
        try await session.wait(for: "document.querySelector('[data-certificate=issued]')")
    }

    /// Three connections of anna, the newest alive.
    private func sessions() async throws {
        let key = try #require(try await portal.overview(of: "anna").certificate?.publicKey)
        try await portal.report([portal.state(of: key, silent: 170, from: "198.51.100.7", up: 120_400, down: 4_800_000)]
        )
        try await portal.report([portal.state(of: key, from: "203.0.113.50", up: 91_000, down: 1_234_567)])
        try await portal.report([portal.state(of: key, up: 2_191_000, down: 13_234_567)])
        try await session.wait(
            for: "[...document.querySelectorAll('.sessions .status')].some(e => e.innerText.includes('Online'))")
    }

    /// Some traffic of anna, and something refused.
    private func accesses() async throws {
        let key = Fleet.key(33)
        func flow(_ id: UInt64, _ plant: PlantID?, _ address: String, _ port: UInt16, _ state: FlowRecord.State)
            -> FlowRecord
        {
            FlowRecord(
                id: id, person: "anna", publicKey: key, plant: plant,
                device: IPv4Address(address) ?? IPv4Address(10, 0, 0, 1),
                transport: 6, port: port, source: Endpoint("203.0.113.50:40000"), firstAge: 3, lastAge: 1,
                bytesUp: 2_400 * id,
                bytesDown: 180_000 * id, packetsUp: 20, packetsDown: 150, revision: 1, state: state)
        }
        try await portal.report([
            flow(1, "sonnenfeld", "192.168.1.20", 502, .open), flow(2, "weinberg", "10.20.0.20", 80, .ended),
            flow(3, "sonnenfeld", "10.20.1.20", 22, .denied),
        ])
    }
}

extension BrowserTests {
    /// `make screenshots` only: pictures are looked at by people.
    @Suite("Pictures", .serialized, .enabled(if: States.pictureFolder != nil)) struct ScreenshotTests {
        @Test("every state: light, dark, narrow", arguments: ["light", "dark", "narrow"])
        func pictures(_ manner: String) async throws {
            let folder = URL(filePath: States.pictureFolder ?? "out/screenshots").appending(path: manner)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let width = manner == "narrow" ? 320 : 1280
            let options = BrowserOptions(width: width, height: 900, isDark: manner == "dark")
            try await Portal.serving { portal in
                try await Chromium.withSession(options) { session in
                    try await States(portal: portal, session: session).each { name in
                        try await session.show(dark: manner == "dark", reducedMotion: true)
                        let hasDialog = try await session.run(
                            "return !!document.querySelector('dialog[open]')", as: Bool.self)
                        let data = try await hasDialog ? session.visiblePicture() : session.picture()
                        try data.write(to: folder.appending(path: "\(name).png"))
                    }
                }
            }
        }
    }
}
