import AccessModel
import Addressing
import ControlProtocol
import Foundation
import Synchronization
import TestRequirements
import Testing

/// Somebody who gives one command after the other, and keeps a ledger of what was answered with success.
final class LedgerStream: Sendable {
    private struct Ledger {
        var key: PublicKey?
        var plants: Set<String> = []
        /// What the answer would have said that never came.
        var doubt: Doubt?
        var lastNumber = 0
        var done = 0
    }

    private enum Doubt {
        case key(PublicKey?)
        case plant(String, exists: Bool)
    }

    private let person: String
    private let ledger = Mutex(Ledger())

    init(person: String) { self.person = person }

    var done: Int { ledger.withLock { $0.done } }

    /// Works until the process does not answer any more.
    func work(on process: ControlPlaneProcess, seed: UInt64) {
        var draw = Draw(seed: seed)
        ledger.withLock { ledger in
            do {
                while true { try step(&ledger, process, &draw) }
            } catch {
                // Killed: the doubt, if there is one, stands.
            }
        }
    }

    private func step(_ ledger: inout Ledger, _ process: ControlPlaneProcess, _ draw: inout Draw) throws {
        ledger.lastNumber += 1
        switch Int.random(in: 0..<6, using: &draw) {
        case 0, 1:
            let key = Self.key(ledger.lastNumber, person)
            let path = ledger.key == nil ? "me/vpn/certificate" : "me/vpn/certificate/rotate"
            ledger.doubt = .key(key)
            try settle(process.call("POST", path, as: person, CertificateRequest(publicKey: key)), &ledger)
        case 2:
            ledger.doubt = .key(nil)
            try settle(process.call("DELETE", "me/vpn/certificate", as: person), &ledger)
        case 3:
            let name = "\(person)-\(ledger.lastNumber)"
            ledger.doubt = .plant(name, exists: true)
            let request = PlantRequest(
                id: PlantID(name), subnets: [Fleet.prefix("10.9.0.0/24"), Fleet.prefix("10.9.1.0/24")])
            try settle(process.call("POST", "portfolios/sued/plants", as: "lab", request), &ledger)
        default:
            guard let name = ledger.plants.sorted().randomElement(using: &draw) else { return }
            ledger.doubt = .plant(name, exists: false)
            try settle(process.call("DELETE", "plants/\(name)", as: "lab"), &ledger)
        }
    }

    private func settle(_ answer: ControlPlaneProcess.Answer, _ ledger: inout Ledger) {
        #expect((200..<300).contains(answer.status), "\(String(decoding: answer.body, as: UTF8.self))")
        if (200..<300).contains(answer.status), let doubt = ledger.doubt { Self.enter(doubt, &ledger) }
        ledger.doubt = nil
        ledger.done += 1
    }

    private static func enter(_ doubt: Doubt, _ ledger: inout Ledger) {
        switch doubt {
        case .key(let key): ledger.key = key
        case .plant(let name, true): ledger.plants.insert(name)
        case .plant(let name, false): ledger.plants.remove(name)
        }
    }

    /// Everything answered is there, nothing else is, and the command in doubt happened whole or not at all.
    func check(against process: ControlPlaneProcess, _ place: String) throws {
        let overview = try process.call("GET", "me/vpn", as: person).decode(VPNOverview.self)
        var plants: [String: Int] = [:]
        for plant in try process.call("GET", "portfolios/sued/plants?limit=1000", as: "lab").decode(
            Page<PlantView>.self
        ).rows
        where plant.id.text.hasPrefix(person + "-") {
            plants[plant.id.text] = plant.subnets.count
        }
        ledger.withLock { ledger in
            if let doubt = ledger.doubt {
                switch doubt {
                case .key(let key) where key == overview.certificate?.publicKey: Self.enter(doubt, &ledger)
                case .plant(let name, let exists) where (plants[name] != nil) == exists: Self.enter(doubt, &ledger)
                default: break
                }
                ledger.doubt = nil
            }
            #expect(overview.certificate?.publicKey == ledger.key, "\(place), \(person)")
            #expect(Set(plants.keys) == ledger.plants, "\(place), \(person)")
            #expect(plants.values.allSatisfy { $0 == 2 }, "\(place): a plant came without its subnets")
        }
    }

    /// A key that nobody else makes.
    private static func key(_ number: Int, _ person: String) -> PublicKey {
        var bytes = [UInt8](repeating: 7, count: 32)
        for (index, byte) in person.utf8.prefix(4).enumerated() { bytes[index] = byte }
        for index in 0..<4 { bytes[8 + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        guard let key = PublicKey(bytes: bytes) else { preconditionFailure() }
        return key
    }
}

/// The gateway's side over HTTP, through all lives of the control plane.
final class PollingGateway: Sendable {
    private struct Held {
        var view = ReleasedView()
        var revision: UInt64 = 0
        /// The newest acknowledgement that was answered.
        var acknowledged: UInt64 = 0
    }

    private let held = Mutex(Held())

    func work(on process: ControlPlaneProcess) {
        held.withLock { held in
            while (try? poll(&held, process)) != nil {}
        }
    }

    private func poll(_ held: inout Held, _ process: ControlPlaneProcess) throws {
        let batch = try process.call("GET", "gateway/revisions?since=\(held.revision)&wait=0.01", as: "gateway")
            .decode(RevisionBatch.self)
        for revision in batch.revisions {
            switch revision.content {
            case .snapshot(let view): held.view = view
            case .delta(let delta):
                #expect(delta.base == held.revision)
                held.view.apply(delta)
            }
            #expect(held.view.contentHash == revision.hash)
            held.revision = revision.number
            let acknowledgement = Acknowledgement(revision: revision.number, hash: revision.hash, outcome: .applied)
            let answer = try process.call("POST", "gateway/acks", as: "gateway", acknowledgement)
            #expect(answer.status == 204)
            held.acknowledged = revision.number
        }
    }

    /// The control plane knows at least what was acknowledged to it.
    func check(against process: ControlPlaneProcess, _ place: String) throws {
        let status = try process.call("GET", "sync/status", as: "lab").decode(SyncStatus.self)
        held.withLock { held in
            #expect(status.acknowledged >= held.acknowledged, "\(place)")
            #expect(status.revision >= held.revision, "\(place)")
        }
    }

    /// After a last sync the gateway holds what a fresh one would be given.
    func converge(with process: ControlPlaneProcess) throws {
        _ = try process.call("POST", "sync", as: "lab", SyncRequest(now: true))
        try held.withLock { held in
            for _ in 0..<3 { try poll(&held, process) }
            let fresh = try process.call("GET", "gateway/revisions?since=0", as: "gateway").decode(RevisionBatch.self)
            guard case .snapshot(let view)? = fresh.revisions.last?.content else {
                Issue.record("a fresh gateway is given no snapshot")
                return
            }
            #expect(view == held.view && fresh.revisions.last?.number == held.revision)
        }
    }
}
