import Browser
import NIOHTTP1
import TestRequirements
import Testing

extension BrowserTests {
    /// What comes and goes on a page leaves alone what a person is about to press, or reads.
    @Suite("A page stays steady under the hand", .serialized) struct SteadinessTests {
        @Test("The gateway's word takes its banner away, not the button that is being pressed", .covers("R7", "R86"))
        func certificateCard() async throws {
            try await Portal.serving { portal in
                await portal.disconnectGateway()
                try await portal.issue("anna")
                try await Chromium.withSession { session in
                    try await portal.signIn(session, as: "anna")
                    try await session.wait(for: "document.querySelector('[data-certificate=issuing]')")
                    let revoke = try await session.control("Revoke cert")
                    try await session.run("arguments[0].focus()", [revoke.value])
                    portal.connectGateway()
                    try await session.wait(for: "document.querySelector('[data-certificate=issued]')")
                    #expect(try await session.focused == revoke)
                    try await session.click(revoke)
                    _ = try await session.control("Cancel", in: "#dialog")
                }
            }
        }

        @Test("A conflict that ends does not close the hint that is being read")
        func hint() async throws {
            try await Portal.serving { portal in
                try await portal.issue("anna")
                try await Chromium.withSession { session in
                    try await portal.signIn(session, as: "anna")
                    try await session.wait(for: "document.querySelector('tr.loser')")
                    let hint = try await session.visible("details.home")
                    try await session.click("details.home > summary")
                    try await portal.call("olga", .DELETE, "/api/v1/grants/anna~plant:abendrot")
                    try await portal.sync()
                    try await session.wait(for: "!document.querySelector('tr.loser')")
                    #expect(
                        try await session.run("return arguments[0].isConnected && arguments[0].open", [hint.value]))
                }
            }
        }

        @Test("A device that goes does not leave its place, and its button, to the next one")
        func devices() async throws {
            try await Portal.serving { portal in
                let devices = "/api/v1/plants/weinberg/devices"
                let inverter = #"{"name":"inverter-2","address":"10.20.0.21","type":"inverter","services":[]}"#
                try await portal.call("olga", .PUT, "\(devices)/10.20.0.21", inverter)
                try await Chromium.withSession { session in
                    try await portal.signIn(session, as: "olga", to: "/permissions")
                    try await session.click("[data-key='plant weinberg'] details.devices > summary")
                    let second = try await session.visible("[data-api$='\(devices)/10.20.0.21']")
                    try await session.run("arguments[0].focus()", [second.value])
                    try await portal.call("olga", .DELETE, "\(devices)/10.20.0.20")
                    try await session.wait(for: "!document.querySelector(\"[data-api$='\(devices)/10.20.0.20']\")")
                    #expect(try await session.focused == second)
                    let call = try await session.run("return arguments[0].dataset.api", [second.value], as: String.self)
                    #expect(call == "DELETE \(devices)/10.20.0.21")
                }
            }
        }
    }
}
