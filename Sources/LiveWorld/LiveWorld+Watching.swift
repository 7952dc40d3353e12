import AccessModel
import Addressing
import ControlProtocol
import Foundation
import LabProtocol
package import ScenarioModel
import Timebase

/// What the invariants ask for beside the gateway's own stream: tables, sessions, volumes, and where keys are.
extension LiveWorld {
    /// Tells tables and sessions after every change at the control plane, for as long as the lab lives.
    func watchRecords() {
        let watched = Set(options.watched)
        let wantsTables = watched.contains(.statusTruthful)
        let wantsSessions = !watched.isDisjoint(with: [.atMostOneOnline, .volumesAgree])
        guard wantsTables || wantsSessions else { return }
        tasks.append(
            Task { [weak self, api, secrets] in
                var seen: UInt64 = 0
                while !Task.isCancelled {
                    do {
                        let count: ChangeCount = try await api.call(
                            .get, "/api/v1/lab/changes?since=\(seen)&wait=5", bearer: secrets.labToken)
                        seen = count.change
                        if wantsTables { try await self?.tellTables() }
                        if wantsSessions { try await self?.tellSessions() }
                    } catch {
                        // A control plane that is down, or just coming up, shows nothing that could be wrong.
                        seen = 0
                        try? await Task.sleep(for: .milliseconds(50))
                    }
                }
            })
    }

    /// The tables as they stand at one revision: read between two equal answers about what is acknowledged.
    private func tellTables() async throws {
        let before: SyncStatus = try await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
        var tables: [(PersonID, [ScenarioModel.RouteRow])] = []
        for person in holders.keys.sorted() {
            if let rows = try await unlessRefused({ try await routeRows(of: person) }) { tables.append((person, rows)) }
        }
        let after: SyncStatus = try await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
        guard before.acknowledged == after.acknowledged, before.revision == after.revision,
            after.acknowledged == after.revision
        else { return }
        for (person, rows) in tables {
            reports.change(
                "control-plane", .table(person, revision: after.acknowledged, rows), "the table of \(person)")
        }
    }

    private func tellSessions() async throws {
        for person in holders.keys.sorted() {
            guard let rows = try await unlessRefused({ try await sessionRows(of: person) }) else { continue }
            reports.change("control-plane", .sessionRows(person, rows), "the sessions of \(person)")
        }
    }

    /// What a person is shown; `nil` for somebody who may not look, because the account is deactivated.
    private func unlessRefused<Rows>(_ look: () async throws -> Rows) async throws -> Rows? {
        do {
            return try await look()
        } catch let problem as WorldProblem {
            guard case .refused = problem.kind else { throw problem }
            return nil
        }
    }

    package func volumes() async throws(WorldProblem) -> [ScenarioModel.Volume] {
        do {
            // What a gateway had not told when it was killed is missing here or there: the audit says so by its gap.
            guard !hasLostGateway else { return [] }
            try await flush()
            let access = try await auditPages().flatMap(\.access)
            var volumes: [ScenarioModel.Volume] = []
            // A revoked certificate took its sessions along, and the audit stays: those two are not to agree.
            for person in holders.keys.sorted() where !everRevoked.contains(person) {
                guard let sessions = try await unlessRefused({ try await sessionRows(of: person) }) else { continue }
                volumes.append(
                    ScenarioModel.Volume(
                        person: person, sessionBytes: sessions.reduce(0) { $0 + $1.bytes },
                        auditBytes: access.filter { $0.person == person }.reduce(0) {
                            $0 + $1.bytesUp + $1.bytesDown
                        }))
            }
            return volumes
        } catch let problem as WorldProblem {
            throw problem
        } catch {
            throw WorldProblem(.environment, "\(error)")
        }
    }

    package func strayKeys() async throws(WorldProblem) -> [String] {
        var needles: [(LaptopID, KeySearch.Needle)] = []
        for (laptop, key) in privateKeys.sorted(by: { $0.key < $1.key }) {
            needles += KeySearch.needles(of: key).map { (laptop, $0) }
        }
        guard !needles.isEmpty else { return [] }
        var found: [String] = []
        func look(_ place: String, _ bytes: some ContiguousBytes) {
            for (laptop, needle) in needles where KeySearch.contains(bytes, needle.bytes) {
                found.append("the private key of \(laptop) stands in \(place), as \(needle.form)")
            }
        }
        let folder = LabLayout.stateFolder
        for file in (FileManager.default.subpaths(atPath: folder) ?? []).sorted() where !file.hasPrefix("laptops") {
            if let data = FileManager.default.contents(atPath: "\(folder)/\(file)") { look("the file \(file)", data) }
        }
        let processes = [("the control plane", controlPlane?.identifier), ("the gateway", gateway?.identifier)]
        for case (let name, let process?) in processes {
            do {
                try KeySearch.regions(of: process) { look("the memory of \(name)", $0) }
            } catch {
                throw WorldProblem(.environment, "the memory of \(name) cannot be read: \(error)")
            }
        }
        return Array(Set(found)).sorted()
    }
}
