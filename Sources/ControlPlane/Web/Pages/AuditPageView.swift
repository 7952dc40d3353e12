import AccessModel
import ControlProtocol
import Hummingbird

/// The access audit of an operator organisation: who touched what, and what was decided.
struct AuditPageView: Sendable {
    private let organization: OrganizationID
    private let visitor: Visitor
    private let names: VPNPage.Names
    private let audit: AuditPage
    private let fields: [String: String]
    private let cursor: String?

    private static let entriesOnPage = 100

    init(
        organization: OrganizationID, visitor: Visitor, request: Request, service: ControlPlaneService
    ) async throws {
        self.organization = organization
        self.visitor = visitor
        names = VPNPage.Names(intent: await service.state.intent)
        var filter = Store.AuditFilter(organization: organization)
        var fields: [String: String] = [:]
        for name in ["plant", "person", "from", "to"] { fields[name] = request.query(name) }
        filter.plant = fields["plant"].map { PlantID($0) }
        filter.person = fields["person"].map { PersonID($0) }
        filter.from = try Self.moment(fields["from"], "from")
        // A day means all of it.
        filter.to = try Self.moment(fields["to"], "to").map {
            fields["to"]?.count == 10 ? $0.advanced(bySeconds: 86_400) : $0
        }
        cursor = request.query("cursor")
        filter.after = try request.number("cursor") ?? 0
        filter.limit = Self.entriesOnPage
        self.fields = fields
        audit = try await service.auditPage(filter)
    }

    private static func moment(_ text: String?, _ name: String) throws -> Timestamp? {
        guard let text else { return nil }
        guard let moment = Timestamp(text) else {
            throw ProblemError(
                code: "invalid-query", status: 400, detail: "\(name) is a day such as 2026-03-31, not '\(text)'")
        }
        return moment
    }

    var page: WebPage {
        WebPage(
            title: "Access audit",
            content: """
                <h1>Access audit</h1>
                <p class="lead">Everything that was done at the plants of <strong>\(names.organization(organization))</strong>,
                also by partners. It cannot be changed, and outlives certificates, people and plants.</p>
                \(OrganizationTabs(visitor: visitor, current: organization, suffix: "/audit").html)
                \(filterForm)
                \(accessCard)
                \(entriesCard)
                """, isWide: true)
    }

    private var filterForm: HTML {
        let plants = names.intent.plants.keys.filter { names.intent.owner(of: $0) == organization }.sorted()
        let plantOptions = plants.map { id -> HTML in
            "<option value=\"\(id)\"\(if: id.text == fields["plant"], " selected")>\(names.plant(id))</option>"
        }
        let people = names.intent.people.keys.sorted().map { id -> HTML in
            "<option value=\"\(id)\"\(if: id.text == fields["person"], " selected")>\(id)</option>"
        }
        let path: HTML = "/organizations/\(organization.text.escapedForPath)/audit"
        return """
            <form class="filter card" method="get" action="\(path)" role="search" aria-label="Filter the audit">
            <label>Plant <select name="plant"><option value="">All plants</option>\(plantOptions)</select></label>
            <label>Person <select name="person"><option value="">Everybody</option>\(people)</select></label>
            <label>From <input type="date" name="from" value="\(fields["from"] ?? "")"></label>
            <label>To <input type="date" name="to" value="\(fields["to"] ?? "")"></label>
            <span class="filter-buttons"><button type="submit" class="button primary">Show</button>
            <a class="button quiet" href="\(path)">Clear filter</a></span></form>
            """
    }

    // MARK: Who touched what

    private var accessCard: HTML {
        let body: HTML =
            audit.access.isEmpty
            ? "<p class=\"empty\"><strong>No access.</strong> Nobody has touched a device here in that time.</p>"
            : """
            <div class="scroll" tabindex="0" role="region" aria-label="Table of access"><table class="audit">
            <caption class="visually-hidden">Access by person, plant, device and service</caption><thead><tr>
            <th scope="col">Person</th><th scope="col">Plant and subnet</th><th scope="col">Device</th>
            <th scope="col">First touch</th><th scope="col">Last touch</th><th scope="col">Source</th>
            <th scope="col" class="number">Volume</th><th scope="col">Path</th></tr></thead>
            <tbody>\(audit.access.map(row))</tbody></table></div>
            """
        return """
            <section class="card" aria-labelledby="access-title"><h2 id="access-title">Who touched what</h2>\(body)</section>
            """
    }

    private func row(_ row: AccessRow) -> HTML {
        let denied: HTML? =
            row.denied == 0
            ? nil : "<small class=\"mark\"><span aria-hidden=\"true\">⊘</span> \(row.denied) refused</small>"
        let subnet: HTML? = row.subnet.map { "<small class=\"mono\">\($0)</small>" }
        let source: HTML? = row.source.map { "<span class=\"mono\">\($0)</span>" }
        let place: HTML? = row.place.map { "<small>\($0)</small>" }
        return """
            <tr><th scope="row">\(row.person)</th><td>\(names.plant(row.plant)) \(subnet)</td>
            <td>\(row.device ?? "unlisted") <small class="mono">\(row.address) \(Self.service(of: row))</small></td>
            <td>\(timeElement(row.firstTouch))</td><td>\(timeElement(row.lastTouch))</td><td>\(source) \(place)</td>
            <td class="number">\(Amount.bytes(row.bytesUp + row.bytesDown))</td><td>\(row.path) \(denied)</td></tr>
            """
    }

    private static func service(of row: AccessRow) -> String {
        switch row.transport {
        case 1: return "ICMP"
        case 6: return "\(row.service.map { "\($0) " } ?? "")TCP \(row.port)"
        case 17: return "\(row.service.map { "\($0) " } ?? "")UDP \(row.port)"
        default: return "protocol \(row.transport)"
        }
    }

    // MARK: What happened

    private var entriesCard: HTML {
        let rows = audit.entries.map { entry -> HTML in
            let detail = entry.detail.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(
                separator: ", ")
            return """
                <tr><td class="number">\(entry.sequence)</td><td>\(timeElement(entry.at))</td>
                <th scope="row"><code>\(entry.action)</code></th><td>\(entry.by)</td>
                <td>\(entry.person?.text ?? "")</td><td>\(entry.plant.map { names.plant($0) } ?? "")</td>
                <td><small>\(detail)</small></td></tr>
                """
        }
        let query = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.escapedForPath)&" }.joined()
        let path = "/organizations/\(organization.text.escapedForPath)/audit?\(query)"
        let first: HTML? = cursor == nil ? nil : "<a class=\"button quiet\" href=\"\(path)\">From the beginning</a>"
        let next: HTML? = audit.next.map { "<a class=\"button\" href=\"\(path)cursor=\($0)\">Later entries</a>" }
        let body: HTML =
            rows.isEmpty
            ? "<p class=\"empty\"><strong>No entries.</strong> Nothing happened in that time.</p>"
            : """
            <div class="scroll" tabindex="0" role="region" aria-label="Table of entries"><table class="audit">
            <caption class="visually-hidden">Audit entries, oldest first</caption><thead><tr>
            <th scope="col" class="number">No.</th><th scope="col">When</th><th scope="col">What</th>
            <th scope="col">By</th><th scope="col">Person</th><th scope="col">Plant</th><th scope="col">Detail</th>
            </tr></thead><tbody>\(rows)</tbody></table></div><p class="actions">\(first)\(next)</p>
            """
        return """
            <section class="card" aria-labelledby="entries-title"><h2 id="entries-title">What happened</h2>\(body)</section>
            """
    }
}

/// The organisations that the visitor administers, when there are several.
struct OrganizationTabs {
    var visitor: Visitor
    var current: OrganizationID
    /// After `/organizations/ID`; `nil` for the permissions page.
    var suffix: String?

    var html: HTML {
        guard visitor.administers.count > 1 else { return "" }
        let tabs = visitor.administers.map { id -> HTML in
            let id = id.text
            let href = suffix.map { "/organizations/\(id.escapedForPath)\($0)" }
            return """
                <li><a href="\(href ?? "/permissions?organization=\(id.escapedForPath)")"\
                \(if: id == current.text, " aria-current=\"page\"")>\(id)</a></li>
                """
        }
        return "<nav class=\"tabs\" aria-label=\"Organizations\"><ul>\(tabs)</ul></nav>"
    }
}
