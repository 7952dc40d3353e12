import AccessModel
import Addressing
import ControlProtocol
package import Foundation
package import LabProtocol
package import ScenarioModel

/// What people do in a served lab, kept so that it can be done again by a scenario.
extension LiveWorld {
    /// Everything from here on is recorded; what brought the lab up is not.
    package func beginRecord() async throws {
        let page: CommandPage = try await api.call(
            .get, "/api/v1/lab/commands?since=\(UInt64(Int64.max))", bearer: secrets.labToken)
        recordSince = (page.newest, .now)
    }

    /// Keeps steps that somebody asked for in the language, word by word.
    ///
    /// - Parameters:
    ///   - changes: whether they do anything; what happens beside steps that only look is somebody else's deed.
    ///   - isRed: they came to an end before their last.
    package func remember(steps: String, at begun: Date, changes: Bool, isRed: Bool = false) {
        let begun = Timestamp(milliseconds: Int64(begun.timeIntervalSince1970 * 1000))
        doneSteps.append(DoneSteps(text: steps, from: begun, to: .now, changes: changes, isRed: isRed))
        if doneSteps.count > 1000 { doneSteps.removeFirst() }
    }

    /// - Parameters:
    ///   - id: the scenario's id.
    ///   - fixturePath: as the scenario names it.
    ///   - files: where the fixture is read.
    package func record(
        id: String, title: String, fixturePath: String, files: @escaping FileReading
    ) async -> LabReply {
        do {
            try await flush()
            var commands: [CommandPage.Row] = []
            var since = recordSince.sequence
            while true {
                let page: CommandPage = try await api.call(
                    .get, "/api/v1/lab/commands?since=\(since)", bearer: secrets.labToken)
                commands += page.rows
                guard let last = page.rows.last, last.sequence < page.newest else { break }
                since = last.sequence
            }
            var tables: [RouteTableSighting] = []
            var packets: [DecisionRecord] = []
            var applied: [DecisionHistory.Applied] = []
            var forgotten: UInt64 = 0
            for person in Set(fixture.laptops.map(\.id.person)).sorted() {
                tables.append(RouteTableSighting(person: person, rows: try await routeRows(of: person)))
                let query = DecisionQuery(person: person, since: recordSince.at, limit: Self.mostRecordedPackets)
                guard let history = await history(query) else { continue }
                packets += history.records
                (applied, forgotten) = (history.applied, history.forgotten)
            }
            let recorded = RecordedScenario(
                id: id, title: title, fixture: fixture, fixturePath: fixturePath, commands: commands,
                done: doneSteps, packets: packets.sorted { $0.sequence < $1.sequence },
                ticks: applied.filter { $0.isForEveryone && $0.at >= recordSince.at }.map(\.at), forgotten: forgotten,
                tables: tables)
            return .text(RecordedScenario.withRefusedStepsApart(recorded.text, files: files))
        } catch {
            return .refusal("\(error)")
        }
    }

    /// Of each person.
    private static let mostRecordedPackets = 2000

    func exportedState() async throws -> String {
        let document: StateDocument = try await api.call(.get, "/api/v1/lab/export", bearer: secrets.labToken)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}

/// Steps that were done by `do`.
struct DoneSteps: Sendable, Hashable {
    var text: String
    var from: Timestamp
    var to: Timestamp
    var changes: Bool
    var isRed: Bool

    /// Whether what happened at that moment is told by the steps.
    func holds(_ moment: Timestamp) -> Bool { changes && !isRed && from <= moment && moment <= to }
}
