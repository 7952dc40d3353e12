import Foundation
import Testing

extension LiveTests {
    @Suite("Handshakes while many others wait", .serialized)
    struct HandshakeLoadTests {
        private static func fixture(_ handshakes: String) -> String {
            """
            format: 1
            fixture: One park, and a gateway that takes handshakes in its own way
            include: \(Rig.root.path)/Fixtures/sites/one-plant.yaml#kinds
            control-plane: { handshakes: \(handshakes) }
            organizations:
              nordwind:
                members: { olga: { standing: admin }, anna: { job-role: operator } }
                portfolios:
                  sued:
                    plants:
                      park-a: { subnets: { 192.168.1.0/24: { inverter: { at: .20, kind: string-inverter } } } }
            grants:
              - { to: anna, plant: park-a, since: 2026-01-05 }
            laptops:
              anna: { laptop: { wan: 203.0.113.50 } }
            """
        }

        @Test(
            "two thousand waiting initiations make a strict gateway ask for a cookie, as the kernel's does, and no relaxed one; the laptop gets in either way",
            arguments: ["strict", "relaxed"])
        func flood(handshakes: String) async throws {
            try await Folder.temporary { folder in
                let file = try folder.write("park.yaml", Self.fixture(handshakes))
                try await TestLab.serving(file) { lab in
                    func act(_ step: String) async throws {
                        let done = try await lab.ask("do", step)
                        #expect(done.status == 0, "\(step): \(done)")
                    }
                    try await act("disconnect: { laptop: anna/laptop }")
                    // What comes while the gateway stands still is its backlog when it goes on.
                    try await act("fault: { id: still, pause: gateway }")
                    let flood = try await lab.exec(
                        "internet", Rig.python, Rig.client("flood.py"), "203.0.113.1", "51820", "2000")
                    #expect(flood.output == "sent 2000\n", "\(flood)")
                    try await act("connect: { laptop: anna/laptop }")
                    try await act("heal: { id: still }")
                    try await act("eventually: { tunnel: { laptop: anna/laptop, state: up } }\nwithin: 15s")
                    try await act("expect: { counter: { name: engine.badMac1, above: 500 } }")
                    let asked = handshakes == "strict" ? "above: 0" : "equals: 0"
                    try await act("expect: { counter: { name: engine.cookieRequired, \(asked) } }")
                }
            }
        }
    }
}
