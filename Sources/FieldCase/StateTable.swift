import AccessModel
import Addressing
package import ControlProtocol

/// The few rows that a support ticket quotes: plant, subnet, status, person; one a line.
///
/// Cells are separated by commas, semicolons, tabs, bars or two blanks; a first line of headings is passed over.
package enum StateTable {
    package static let mostRows = 500

    private struct Row {
        var plant: String
        var subnet: Prefix
        var status: RouteStatus
        var person: String
    }

    /// - Throws: for the first line that cannot be read, with its number.
    package static func document(_ text: String) throws(FieldCase.Refusal) -> StateDocument {
        let rows = try rows(text)
        var plants: [String: (subnets: [Prefix], state: PlantState)] = [:]
        for row in rows {
            var plant = plants[row.plant] ?? ([], .noAgent)
            if !plant.subnets.contains(row.subnet) { plant.subnets.append(row.subnet) }
            // Whoever wins or loses a conflict has an agent; so has whoever keeps a range from all others and is not there.
            if row.status != .unreachable {
                plant.state = .online
            } else if plant.state == .noAgent, isAbsentOwner(row, among: rows) {
                plant.state = .offline
            }
            plants[row.plant] = plant
        }
        let people = Set(rows.map(\.person)).sorted()
        let organization = StateDocument.Organization(
            id: "organization",
            members: people.map { .init(person: PersonID($0), standing: .member, jobRole: .operator) },
            portfolios: [
                .init(
                    id: "portfolio",
                    plants: plants.sorted { $0.key < $1.key }.map { name, plant in
                        StateDocument.Plant(
                            id: PlantID(name), subnets: plant.subnets.sorted().map { .init(prefix: $0) },
                            agent: plant.state)
                    })
            ])
        var seen: Set<String> = []
        let grants = rows.filter { seen.insert("\($0.person)\u{0}\($0.plant)").inserted }.map {
            StateDocument.Grant(person: PersonID($0.person), place: .plant(PlantID($0.plant)), since: .beginning)
        }
        let owners = rows.filter { row in
            (row.status == .active && !rivals(of: row, among: rows).isEmpty) || isAbsentOwner(row, among: rows)
        }.map { StateDocument.Choice(person: PersonID($0.person), plant: PlantID($0.plant), subnet: $0.subnet) }
        return StateDocument(
            exported: .beginning, defaultWinner: .earliestGrant, offlineAgent: .unreachable,
            organizations: [organization], grants: grants, owners: owners)
    }

    private static func rivals(of row: Row, among rows: [Row]) -> [Row] {
        rows.filter { $0.person == row.person && $0.plant != row.plant && $0.subnet.overlaps(row.subnet) }
    }

    /// Whether the others of the range lost it and nobody has it but this plant, whose agent is not heard.
    private static func isAbsentOwner(_ row: Row, among rows: [Row]) -> Bool {
        let rivals = rivals(of: row, among: rows)
        return row.status == .unreachable && rivals.contains { $0.status == .conflict }
            && !rivals.contains { $0.status == .active }
    }

    private static func rows(_ text: String) throws(FieldCase.Refusal) -> [Row] {
        var rows: [Row] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let cells = cells(String(line))
            guard !cells.isEmpty, !line.hasPrefix("#") else { continue }
            if rows.isEmpty, cells.count > 1, cells[1].lowercased() == "subnet" { continue }
            // The rule below a table's head.
            if cells.allSatisfy({ $0.allSatisfy { "-:=".contains($0) } }) { continue }
            let place = "line \(index + 1)"
            guard cells.count == 4 else {
                throw FieldCase.Refusal(
                    description: "\(place): \(cells.count) cells; a row is plant, subnet, status, person")
            }
            guard let subnet = Prefix(normalizing: cells[1]) else {
                throw FieldCase.Refusal(
                    description: "\(place): '\(cells[1])' is not a subnet such as 192.168.1.0/24")
            }
            guard let status = RouteStatus(rawValue: cells[2].lowercased()) else {
                throw FieldCase.Refusal(
                    description: "\(place): '\(cells[2])' is not a status: active, conflict, unreachable")
            }
            let row = Row(plant: cells[0], subnet: subnet, status: status, person: cells[3])
            let rival = rivals(of: row, among: rows).first { $0.subnet == subnet && $0.status == .active }
            if status == .active, let rival {
                throw FieldCase.Refusal(
                    description: "\(place): \(subnet) leads to \(rival.plant) for \(row.person) already")
            }
            rows.append(row)
        }
        guard !rows.isEmpty else { throw FieldCase.Refusal(description: "the table has no row") }
        guard rows.count <= mostRows else {
            throw FieldCase.Refusal(description: "the table has \(rows.count) rows; at most \(mostRows) are taken")
        }
        return rows
    }

    private static func cells(_ line: String) -> [String] {
        let separator = [",", ";", "\t", "|"].first { line.contains($0) } ?? "  "
        return line.components(by: separator).map(\.trimmed).filter { !$0.isEmpty }
    }
}

extension String {
    fileprivate func components(by separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }

    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
