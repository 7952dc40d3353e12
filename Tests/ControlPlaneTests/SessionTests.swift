import AccessModel
import Addressing
import ControlProtocol
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite struct SessionTests {
    private let office = IPv4Address(203, 0, 113, 50)
    private let train = IPv4Address(198, 51, 100, 7)

    private func sessions(_ world: World) async throws -> [SessionRow] {
        try await world.call("anna", .get, "me/vpn/sessions").decode(SessionPage.self).rows
    }

    @Test(
        "R51: a session has a start, a source with its place, a volume that grows, and is Online while heard",
        .covers("R51"))
    func online() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.issue("anna", 1)
                try await world.report([.heard(Fleet.key(1), authenticated: nil, from: office)])
                #expect(try await sessions(world).isEmpty)
                try await world.report([.heard(Fleet.key(1), from: office, up: 100, down: 1000)])
                world.clock.advance(bySeconds: 30)
                try await world.report([.heard(Fleet.key(1), from: office, up: 150, down: 1000)])
                try await world.report([.heard(Fleet.key(1), from: office, up: 150, down: 1000)])
                let row = try #require(try await sessions(world).first)
                #expect(row.isOnline)
                #expect(row.durationSeconds == 30)
                #expect(row.source == office)
                #expect(row.place == "Munich, Germany")
                #expect([row.bytesUp, row.bytesDown] == [150, 1000])
                #expect(try await sessions(world).count == 1)
            }
        }
    }

    @Test("A21: between 75 and 180 silent seconds a session is neither Online nor ended", .covers("A21"))
    func lapses() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.issue("anna", 1)
                try await world.report([.heard(Fleet.key(1), from: office)])
                world.clock.advance(bySeconds: 100)
                let quiet = try #require(try await sessions(world).first)
                #expect(!quiet.isOnline)
                #expect(quiet.ended == nil)
                world.clock.advance(bySeconds: 81)
                try await world.report([.heard(Fleet.key(1), authenticated: 181, from: office)])
                let ended = try #require(try await sessions(world).first)
                #expect(ended.reason == "idle")
                #expect(ended.durationSeconds == 0)
                try await world.report([.heard(Fleet.key(1), from: office)])
                #expect(try await sessions(world).map(\.isOnline) == [true, false])
            }
        }
    }

    @Test("A20: each source address has its row, resumed when heard again in time; one is Online", .covers("A20"))
    func roams() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.issue("anna", 1)
                for (address, up) in [(office, 10), (train, 30), (office, 60)] as [(IPv4Address, UInt64)] {
                    try await world.report([.heard(Fleet.key(1), from: address, up: up)])
                    world.clock.advance(bySeconds: 20)
                }
                let rows = try await sessions(world)
                #expect(rows.map(\.source) == [train, office])
                #expect(rows.map(\.isOnline) == [false, true])
                #expect(rows.map(\.bytesUp) == [20, 40])
            }
        }
    }

    @Test(
        "A16: a rotate closes the row at its sync and keeps it, with what the old key moved at last; the new key opens a new one",
        .covers("A16", "R53"))
    func rotates() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.issue("anna", 1)
                try await world.report([.heard(Fleet.key(1), from: office, up: 5)])
                try await world.call(
                    "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(2)))
                #expect(try await sessions(world).map(\.reason) == [nil])
                try await world.sync()
                #expect(try await sessions(world).map(\.reason) == ["rotated"])
                try await world.report([
                    .heard(Fleet.key(1), from: office, up: 9), .heard(Fleet.key(2), from: office, up: 3),
                ])
                world.clock.advance(bySeconds: 1)
                let rows = try await sessions(world)
                #expect(Set(rows.map(\.bytesUp)) == [9, 3])
                #expect(rows.first { $0.bytesUp == 9 }?.reason == "rotated")
                // Told twice it counts once.
                try await world.report([.heard(Fleet.key(1), from: office, up: 9)])
                #expect(Set(try await sessions(world).map(\.bytesUp)) == [9, 3])
                #expect(rows.filter(\.isOnline).count == 1)
            }
        }
    }

    @Test("Another gateway process ends the rows of the one before, and its counters begin anew", .covers("R53", "A21"))
    func gatewayRestart() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.issue("anna", 1)
                try await world.report([.heard(Fleet.key(1), from: office, up: 50)])
                world.clock.advance(bySeconds: 1)
                try await world.report([.heard(Fleet.key(1), from: office, up: 7)], incarnation: "second")
                let rows = try await sessions(world)
                #expect(rows.map(\.reason) == [nil, "gateway-stopped"])
                #expect(rows.map(\.bytesUp) == [7, 50])
            }
        }
    }
}
