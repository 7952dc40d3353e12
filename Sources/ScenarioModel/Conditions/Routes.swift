package import AccessModel
package import Addressing

extension Condition {
    /// A person's rows as a table.
    package struct Routes: Hashable, Sendable, Codable {
        package var person: PersonID
        package var rows: [Row]
        /// No row but these; else these among others.
        package var isExact: Bool
        package var isOrdered: Bool

        package struct Row: Hashable, Sendable, Codable {
            package var plant: PlantID
            package var subnet: Prefix
            package var status: RouteStatus

            package init(plant: PlantID, subnet: Prefix, status: RouteStatus) {
                self.plant = plant
                self.subnet = subnet
                self.status = status
            }

            package var text: String { "\(plant) \(subnet) \(status.rawValue)" }
        }

        package init(person: PersonID, rows: [Row], isExact: Bool, isOrdered: Bool) {
            self.person = person
            self.rows = rows
            self.isExact = isExact
            self.isOrdered = isOrdered
        }
    }
}

extension Condition.Routes: ConditionPayload {
    package var sentence: String {
        let which = isExact ? "are exactly" : "include"
        let order = isOrdered ? " in this order" : ""
        return
            "\(person)'s routes \(which)\(order): \(rows.isEmpty ? "none" : rows.map(\.text).joined(separator: "; "))"
    }

    package func judge(_ sighting: Sighting) -> Judgement? {
        guard case .routes(let rows) = sighting else { return nil }
        let found = rows.map { Row(plant: $0.plant, subnet: $0.subnet, status: $0.status) }
        let holds: Bool
        switch (isExact, isOrdered) {
        case (true, true): holds = found == self.rows
        case (true, false): holds = Self.counts(found) == Self.counts(self.rows)
        case (false, true):
            var rest = found[...]
            holds = self.rows.allSatisfy { row in
                guard let index = rest.firstIndex(of: row) else { return false }
                rest = rest[(index + 1)...]
                return true
            }
        case (false, false): holds = self.rows.allSatisfy(found.contains)
        }
        let seen = rows.isEmpty ? "no rows" : rows.map(\.text).joined(separator: "; ")
        return Judgement(holds, seen, holds ? [] : table(found))
    }

    private static func counts(_ rows: [Row]) -> [Row: Int] {
        rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Row by row where the order is the point, else what is missing and what is too much.
    private func table(_ found: [Row]) -> [Judgement.Line] {
        if isOrdered, isExact {
            return (0..<max(rows.count, found.count)).map { index in
                let expected = rows.indices.contains(index) ? rows[index] : nil
                let observed = found.indices.contains(index) ? found[index] : nil
                let elsewhere = expected.flatMap { row in found.firstIndex(of: row) }
                return Self.line(expected, observed, elsewhere: elsewhere)
            }
        }
        let expected = rows.map { row in
            Self.line(row, found.first { $0.plant == row.plant && $0.subnet == row.subnet })
        }
        let surplus = found.filter { row in !rows.contains { $0.plant == row.plant && $0.subnet == row.subnet } }
        return expected + (isExact ? surplus.map { Self.line(nil, $0) } : [])
    }

    private static func line(_ expected: Row?, _ observed: Row?, elsewhere: Int? = nil) -> Judgement.Line {
        let difference: String? =
            switch (expected, observed) {
            case (let expected?, let observed?) where expected == observed: ""
            case (let expected?, let observed?)
            where expected.plant == observed.plant
                && expected.subnet == observed.subnet:
                "status: \(observed.status.rawValue), not \(expected.status.rawValue)"
            case (_?, _) where elsewhere != nil: elsewhere.map { "stands in place \($0 + 1)" }
            case (_?, nil): "missing"
            case (nil, _?): "too much"
            default: nil
            }
        return Judgement.Line(expected: expected?.text ?? "-", observed: observed?.text ?? "-", difference: difference)
    }

    private static let row = ValueKind.list(.row([.plant, .subnet, .choice(["active", "conflict", "unreachable"])]))

    static let entry = ConditionEntry(
        "routes", "A person's reachable subnets as a table, a row as `[plant, subnet, status]`.",
        keys: [
            .required("for", .person, "whose routes"),
            .oneOf("rows", "exact", row, "these rows and no other"),
            .oneOf("rows", "includes", row, "these rows, among others"),
            .optional("ordered", .flag, "whether their order matters; it does not unless said"),
        ],
        examples: [
            "routes: { for: anna, exact: [[park-a, 192.168.1.0/24, active], [park-b, 192.168.1.0/24, conflict]], "
                + "ordered: true }",
            "routes: { for: anna, includes: [[park-b, 10.4.0.0/24, active]] }",
        ]
    ) { reader, fields in reader.routes(&fields).map(Condition.routes) }
}

extension StepReader {
    fileprivate func routes(_ fields: inout Fields) -> Condition.Routes? {
        let person = fields.required("for").flatMap(self.person)
        let isOrdered = fields.optional("ordered")?.bool() ?? false
        guard let (key, value) = fields.exactlyOne(of: ["exact", "includes"]),
            let items = value.items("rows such as [park-a, 192.168.1.0/24, active]")
        else { return nil }
        if items.isEmpty, key == "includes" { value.error("'includes' names no row: nothing is asserted") }
        let rows = items.map(row)
        for (index, row) in rows.enumerated() where row != nil && rows[..<index].contains(row) {
            items[index].error("this row stands here twice")
        }
        guard let person, !rows.contains(where: { $0 == nil }) else { return nil }
        return Condition.Routes(
            person: person, rows: rows.compactMap { $0 }, isExact: key == "exact", isOrdered: isOrdered)
    }

    private func row(_ cursor: Cursor) -> Condition.Routes.Row? {
        guard let cells = cursor.items("plant, subnet and status") else { return nil }
        guard cells.count == 3 else {
            cursor.error("a row is [plant, subnet, status]")
            return nil
        }
        let plant = self.plant(cells[0])
        let subnet = self.subnet(cells[1], of: plant)
        let status = cells[2].choice("a status", Condition.RouteStatus.self)
        if status == .absent {
            cells[2].error("a row that is absent is left out")
            return nil
        }
        guard let plant, let subnet, let status else { return nil }
        return Condition.Routes.Row(plant: plant, subnet: subnet, status: status)
    }
}
