import AccessModel
import Addressing
import ControlProtocol
import GRDB

/// What the intent knows about the far end of a flow.
struct FlowLabels {
    var organization: OrganizationID
    var subnet: Prefix?
    var device: String?
    var service: String?
}

extension Store {
    /// Takes a report of flows into the access rows; a first touch and an end are links of the audit's chain.
    ///
    /// Reports repeat totals, so the most that was counted of each flow is remembered: the same report twice, or an older one
    /// late, counts once.
    func record(
        _ report: FlowReport, at now: Timestamp, labels: (FlowRecord) -> FlowLabels?
    ) throws {
        try database.write { database in
            for flow in report.flows {
                try Self.record(flow, of: report.incarnation, labels: labels(flow), at: now, in: database)
            }
        }
    }

    private static func record(
        _ flow: FlowRecord, of incarnation: GatewayIncarnation, labels: FlowLabels?, at now: Timestamp,
        in database: Database
    ) throws {
        let key: StatementArguments = [incarnation.id, Int64(bitPattern: flow.id)]
        let counted = try Row.fetchOne(
            database, sql: "SELECT * FROM flow WHERE incarnation = ? AND id = ?", arguments: key)
        // The last acknowledgements pass after both FINs: they still count, and a flow ends once.
        let wasOver = counted?["is_over"] == true
        func increase(_ total: UInt64, _ column: String) -> Int64 {
            Int64(clamping: total) - min(Int64(clamping: total), counted?[column] as Int64? ?? 0)
        }
        let increases = [
            increase(flow.bytesUp, "bytes_up"), increase(flow.bytesDown, "bytes_down"),
            increase(flow.packetsUp, "packets_up"), increase(flow.packetsDown, "packets_down"),
        ]
        let isOver = flow.state != .open
        try database.execute(
            sql: """
                INSERT INTO flow (incarnation, id, bytes_up, bytes_down, packets_up, packets_down, is_over)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    bytes_up = MAX(bytes_up, excluded.bytes_up), bytes_down = MAX(bytes_down, excluded.bytes_down),
                    packets_up = MAX(packets_up, excluded.packets_up),
                    packets_down = MAX(packets_down, excluded.packets_down), is_over = MAX(is_over, excluded.is_over)
                """,
            arguments: key + [
                Int64(clamping: flow.bytesUp), Int64(clamping: flow.bytesDown), Int64(clamping: flow.packetsUp),
                Int64(clamping: flow.packetsDown), isOver,
            ])
        var draft = AuditDraft(
            action: flow.state == .denied ? .accessDenied : .accessFirstTouch, by: flow.person.text,
            person: flow.person, plant: flow.plant)
        draft.detail = detail(of: flow, labels)
        if let labels { draft.organizations = [labels.organization] }
        if counted == nil { try append(draft, at: now, in: database) }
        if !wasOver, flow.state == .ended || flow.state == .cut {
            draft.action = flow.state == .cut ? .accessCut : .accessEnded
            draft.detail["bytes-up"] = String(flow.bytesUp)
            draft.detail["bytes-down"] = String(flow.bytesDown)
            try append(draft, at: now, in: database)
        }
        guard let plant = flow.plant else { return }
        if let labels {
            try upsert(flow, plant: plant, labels, increases, isFirst: counted == nil, at: now, in: database)
        } else if flow.state != .denied {
            try add(increases, of: flow, plant: plant, at: now, in: database)
        }
    }

    /// What a flow moved at last in a plant that is deleted by now: its row still names the owner.
    private static func add(
        _ increases: [Int64], of flow: FlowRecord, plant: PlantID, at now: Timestamp, in database: Database
    ) throws {
        let last = now.advanced(bySeconds: -flow.lastAge).milliseconds
        try database.execute(
            sql: """
                UPDATE access SET bytes_up = bytes_up + ?, bytes_down = bytes_down + ?, packets_up = packets_up + ?,
                    packets_down = packets_down + ?, last_touch = MAX(last_touch, ?)
                WHERE person = ? AND plant = ? AND address = ? AND transport = ? AND port = ?
                """,
            arguments: StatementArguments(increases) + [
                last, flow.person.text, plant.text, flow.device.description, Int(flow.transport), Int(flow.port),
            ])
    }

    private static func upsert(
        _ flow: FlowRecord, plant: PlantID, _ labels: FlowLabels, _ increases: [Int64], isFirst: Bool,
        at now: Timestamp, in database: Database
    ) throws {
        let isDenied = flow.state == .denied
        let arguments: StatementArguments = [
            flow.person.text, labels.organization.text, plant.text, flow.device.description, Int(flow.transport),
            Int(flow.port), "VPN", labels.subnet?.description, labels.device, labels.service,
            now.advanced(bySeconds: -flow.firstAge).milliseconds, now.advanced(bySeconds: -flow.lastAge).milliseconds,
            isDenied ? 0 : increases[0], isDenied ? 0 : increases[1], isDenied ? 0 : increases[2],
            isDenied ? 0 : increases[3], flow.source?.address.description,
            flow.source.map { GeographicTable.place(of: $0.address) }, isDenied && isFirst ? 1 : 0,
        ]
        try database.execute(
            sql: """
                INSERT INTO access (
                    person, organization, plant, address, transport, port, path, subnet, device, service,
                    first_touch, last_touch, bytes_up, bytes_down, packets_up, packets_down, source, place, denied)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    first_touch = MIN(first_touch, excluded.first_touch),
                    last_touch = MAX(last_touch, excluded.last_touch),
                    bytes_up = bytes_up + excluded.bytes_up, bytes_down = bytes_down + excluded.bytes_down,
                    packets_up = packets_up + excluded.packets_up,
                    packets_down = packets_down + excluded.packets_down,
                    source = COALESCE(excluded.source, source), place = COALESCE(excluded.place, place),
                    denied = denied + excluded.denied
                """, arguments: arguments)
    }

    private static func detail(of flow: FlowRecord, _ labels: FlowLabels?) -> [String: String] {
        var detail = [
            "address": flow.device.description, "transport": String(flow.transport), "port": String(flow.port),
            "path": "VPN", "revision": String(flow.revision), "key": AuditDraft.fingerprint(of: flow.publicKey),
        ]
        detail["source"] = flow.source?.address.description
        detail["device"] = labels?.device
        detail["service"] = labels?.service
        detail["subnet"] = labels?.subnet?.description
        return detail
    }

    static func accessRows(_ filter: AuditFilter, in database: Database) throws -> [AccessRow] {
        var condition = "1"
        var arguments: [any DatabaseValueConvertible] = []
        func add(_ sql: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            condition += " AND " + sql
            arguments.append(value)
        }
        add("organization = ?", filter.organization?.text)
        add("plant = ?", filter.plant?.text)
        add("person = ?", filter.person?.text)
        add("last_touch >= ?", filter.from?.milliseconds)
        add("first_touch < ?", filter.to?.milliseconds)
        return try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM access WHERE \(condition)
                ORDER BY person, plant, address, transport, port LIMIT \(filter.limit)
                """, arguments: StatementArguments(arguments)
        ).map(accessRow)
    }

    private static func accessRow(_ row: Row) -> AccessRow {
        AccessRow(
            person: PersonID(row["person"] as String), organization: OrganizationID(row["organization"] as String),
            plant: PlantID(row["plant"] as String), subnet: (row["subnet"] as String?).flatMap { Prefix($0) },
            address: IPv4Address(row["address"] as String) ?? IPv4Address(number: 0), device: row["device"],
            transport: UInt8(row["transport"] as Int), port: UInt16(row["port"] as Int), service: row["service"],
            path: row["path"], firstTouch: Timestamp(milliseconds: row["first_touch"]),
            lastTouch: Timestamp(milliseconds: row["last_touch"]), bytesUp: UInt64(row["bytes_up"] as Int64),
            bytesDown: UInt64(row["bytes_down"] as Int64), packetsUp: UInt64(row["packets_up"] as Int64),
            packetsDown: UInt64(row["packets_down"] as Int64),
            source: (row["source"] as String?).flatMap { IPv4Address($0) }, place: row["place"],
            denied: UInt64(row["denied"] as Int64))
    }
}
