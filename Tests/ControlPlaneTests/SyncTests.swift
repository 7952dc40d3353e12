import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import Testing

@testable import ControlPlane

@Suite struct SyncTests {
    private let device = IPv4Address(192, 168, 1, 20)

    @Test("The earliest grant has the range until the person picks the other park, and then at once")
    func conflictPick() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                let issued = try await world.issue("anna", 1)
                #expect(issued.status == 201)
                #expect(try issued.decode(CertificateIssued.self).pending == false)
                let rows = try await world.rows(of: "anna")
                #expect(rows.map(\.plant) == ["park-a", "park-b", "park-b"])
                #expect(rows.map(\.status) == [.active, .conflict, .active])
                #expect(gateway.plant(for: "anna", at: device) == "park-a")

                let route = RouteID(plant: "park-b", subnet: Fleet.range)
                let picked = try await world.call("anna", .put, "me/vpn/routes/\(route)/winner")
                #expect(picked.status == 200)
                #expect(gateway.plant(for: "anna", at: device) == "park-b")
                #expect(try picked.decode(WinnerAnswer.self).row.status == .active)
                #expect(try await world.row(of: "anna", "park-a")?.status == .conflict)
            }
        }
    }

    @Test("A withdrawn permission works until the tick and is gone with it")
    func withdrawWaits() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let withdrawn = try await world.call("olga", .delete, "grants/anna~plant:park-a")
                #expect(withdrawn.status == 200)
                let waiting = try await world.row(of: "anna", "park-a")
                #expect(waiting?.status == .active)
                #expect(waiting?.pending == .remove)
                #expect(gateway.plant(for: "anna", at: device) == "park-a")
                #expect(try await world.sync().status == 200)
                #expect(try await world.row(of: "anna", "park-a") == nil)
                #expect(gateway.plant(for: "anna", at: device) == "park-b")
            }
        }
    }
}
