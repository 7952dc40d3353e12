import AccessModel
import Addressing
import ControlProtocol

/// The first card: every subnet that the person's permissions open.
extension VPNPage {
    var routesCard: HTML {
        """
        <section class="card" id="routes-card" aria-labelledby="routes-title">
        <div class="card-head"><h2 id="routes-title">Reachable subnets</h2>
        <button type="button" id="refresh" class="button" data-needs-script hidden>Refresh</button></div>
        <div id="routes-state" data-live>\(routesState)</div>
        \(filterForm)
        <div id="routes-live" data-live>\(routesTable)</div>
        </section>
        """
    }

    private var shown: [RouteRow] {
        filter.isEmpty ? content.rows : content.rows.filter { filter.shows($0, content.names) }
    }

    /// What there is to say before the table, or instead of it.
    private var routesState: HTML {
        if content.overview.certificate == nil {
            return """
                <p class="empty"><strong>No routes without a certificate.</strong> Issue one below; every subnet that your
                permissions open is then listed here by itself.</p>
                """
        }
        if content.rows.isEmpty {
            let asked =
                content.admins.isEmpty
                ? "an admin of the organization that runs it" : content.admins.joined(separator: " or ")
            return """
                <p class="empty"><strong>You have no permission at any plant.</strong> Your tunnel comes up, but reaches
                nothing. To reach a plant, ask \(asked). It appears here on its own.</p>
                """
        }
        let losers = content.rows.filter { $0.conflict?.role == .loser }.count
        let summary: [HTML] = [
            Self.count(content.overview.counts.active, "active"),
            Self.count(content.overview.counts.conflict, "conflict"),
            Self.count(content.overview.counts.unreachable, "unreachable"),
        ]
        let hint: HTML? =
            losers == 0
            ? nil
            : """
            <p class="hint" data-key="several">Several of your parks use the same local range. One range leads to one park at a time:
            choose the one you want. A conflict is not an error, and the choice can be changed as often as you like.</p>
            """
        return "<p class=\"counts\">\(summary.joined(" "))</p>\(hint)\(homeHint)"
    }

    private static func count(_ number: Int, _ status: String) -> HTML {
        number == 0 ? "" : "<span class=\"count \(status)\"><b>\(number)</b> \(status)</span>"
    }

    /// Ranges that routers at home come with.
    private static let homeRanges = ["192.168.0.0/23", "192.168.2.0/24", "192.168.178.0/24", "10.0.0.0/24"]
        .compactMap { Prefix($0) }

    /// The most common complaint from the field: the technician's own network hides the plant's.
    private var homeHint: HTML? {
        let ranges = Set(
            content.rows.filter { row in row.status == .active && Self.homeRanges.contains { $0.overlaps(row.subnet) } }
                .map(\.subnet)
        ).sorted()
        guard let first = ranges.first else { return nil }
        let others = ranges.count > 1 ? " and \(ranges.count - 1) more" : ""
        return """
            <details class="hint home" data-key="home"><summary>Active here, but no answer? Your own network may be in the way</summary>
            <p>\(first)\(others) is also a usual range at home and in hotels. When the network that your laptop is in has
            the same addresses, the laptop keeps such packets to itself. Use another network, a phone's hotspot for
            example, or change the range of your router. A company network within 10.0.0.0/8 is captured by the
            tunnel as long as it is up, its name server too.</p></details>
            """
    }

    // MARK: Filters

    private var filterForm: HTML {
        let isOpen = content.overview.certificate != nil && !content.rows.isEmpty
        var portfolios: [PortfolioID: OrganizationID] = [:]
        for row in content.rows { portfolios[row.portfolio] = row.organization }
        let names = content.names
        let portfolioOptions = portfolios.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { id, owner -> HTML in
            """
            <option value="\(id)"\(if: id.text == filter.portfolio, " selected")>\(names.portfolio(id)) · \
            \(names.organization(owner))</option>
            """
        }
        let plants = Set(content.rows.map(\.plant)).sorted()
        let plantOptions = plants.map { id -> HTML in
            "<option value=\"\(id)\"\(if: id.text == filter.plant, " selected")>\(names.plant(id))</option>"
        }
        return """
            <form id="filter" class="filter" method="get" action="/profile/vpn" role="search" data-live="attributes"\
            \(if: !isOpen, " hidden") aria-label="Filter the subnets">
            <label>Search <input type="search" name="search" value="\(filter.search)" autocomplete="off" \
            placeholder="192.168.1 or a name"></label>
            <label>Portfolio <select name="portfolio" id="filter-portfolio" data-live>\
            <option value="">All portfolios</option>\(portfolioOptions)</select></label>
            <label>Plant <select name="plant" id="filter-plant" data-live>\
            <option value="">All plants</option>\(plantOptions)</select></label>
            <span class="filter-buttons"><button type="submit" class="button" data-without-script>Filter</button>\
            <a class="button quiet" id="clear-filter" href="/profile/vpn"\(if: filter.isEmpty, " hidden")>Clear filter</a>
            </span></form>
            """
    }

    // MARK: The table

    /// Of more rows than this, only those in sight are laid out.
    private static let mostPlainRows = 300

    private var routesTable: HTML {
        guard !content.rows.isEmpty else { return "" }
        let visible = Set(shown.map(\.id))
        var bodies: [HTML] = []
        let contested = content.rows.filter { $0.conflict != nil }
        for rows in contested.runs(by: { $0.subnet }) { bodies.append(conflictGroup(rows, visible)) }
        let others = content.rows.filter { $0.conflict == nil }
        for rows in others.runs(by: { $0.portfolio }) { bodies.append(portfolioGroup(rows, visible)) }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Table of reachable subnets">
            <table class="routes\(if: content.rows.count > Self.mostPlainRows, " many")" id="routes"><caption class="visually-hidden">Reachable subnets, conflicts first</caption>
            <thead><tr><th scope="col">Plant</th><th scope="col">Subnet</th><th scope="col">Status</th>
            <th scope="col"><span class="visually-hidden">Choice</span></th></tr></thead>
            \(bodies)</table></div>
            <p class="empty" id="nothing-found"\(if: !visible.isEmpty, " hidden")><strong>Nothing found.</strong>
            No subnet fits the filter; your routes are still there. <a href="/profile/vpn" id="clear-nothing">Clear the
            filter</a> to see all \(content.rows.count).</p>
            """
    }

    private func conflictGroup(_ rows: [RouteRow], _ visible: Set<RouteID>) -> HTML {
        let range = rows.first?.subnet.description ?? ""
        let isShown = rows.contains { visible.contains($0.id) }
        return """
            <tbody class="conflicts" data-key="conflict \(range)"\(if: !isShown, " hidden")>
            <tr class="group"><th scope="rowgroup" colspan="4"><span class="icon" aria-hidden="true">⚠</span>
            Conflict: <span class="mono">\(range)</span></th></tr>
            \(rows.map { row($0, isVisible: visible.contains($0.id), isInConflict: true) })</tbody>
            """
    }

    private func portfolioGroup(_ rows: [RouteRow], _ visible: Set<RouteID>) -> HTML {
        guard let first = rows.first else { return "" }
        let isShown = rows.contains { visible.contains($0.id) }
        return """
            <tbody data-key="portfolio \(first.organization) \(first.portfolio)"\(if: !isShown, " hidden")>
            <tr class="group"><th scope="rowgroup" colspan="4">\(content.names.organization(first.organization))
            <span class="sep" aria-hidden="true">▸</span> \(content.names.portfolio(first.portfolio))</th></tr>
            \(rows.map { row($0, isVisible: visible.contains($0.id), isInConflict: false) })</tbody>
            """
    }

    private func row(_ row: RouteRow, isVisible: Bool, isInConflict: Bool) -> HTML {
        let names = content.names
        let path: HTML? =
            isInConflict
            ? """
            <small class="path">\(names.organization(row.organization)) ▸ \(names.portfolio(row.portfolio)) ▸ </small>
            """ : nil
        let isLoser = row.conflict?.role == .loser
        let kind = isLoser ? "loser" : row.conflict == nil ? "" : "winner"
        let choice: HTML? =
            row.conflict == nil
            ? nil
            : """
            <button type="button" class="button small\(if: !isLoser, " quiet")" data-needs-script hidden \
            data-use-park="\(row.id)" aria-label="Use this park… \(names.plant(row.plant)) for \(row.subnet)">\
            Use this park…</button>
            """
        return """
            <tr class="row \(kind)\(if: row.pending != nil, " waits")" id="route \(row.id)" data-key="\(row.id)" \
            data-portfolio="\(row.portfolio)" data-plant="\(row.plant)" data-name="\(names.plant(row.plant))" \
            data-subnet="\(row.subnet)" data-rivals="\(rivals(of: row))" \
            data-search="\(names.searchText(of: row))"\(if: !isVisible, " hidden")>
            <th scope="row">\(path)<span class="plant">\(names.plant(row.plant))</span></th>
            <td class="mono">\(row.subnet)</td><td>\(status(of: row))</td><td class="choice">\(choice)</td></tr>
            """
    }

    /// The names of the plants that have the range as well, the present winner first.
    private func rivals(of row: RouteRow) -> String {
        guard let conflict = row.conflict else { return "" }
        let winners = Set(content.rows.filter { $0.conflict?.role == .winner }.map(\.plant))
        let plants = Set(conflict.rivals.map(\.plant)).sorted()
        return (plants.filter(winners.contains) + plants.filter { !winners.contains($0) }).prefix(5)
            .map { content.names.plant($0) }.joined(separator: ", ")
    }

    private func status(of row: RouteRow) -> HTML {
        let icon =
            switch row.status {
            case .active: "●"
            case .conflict: "▲"
            case .unreachable: "○"
            }
        return """
            <span class="status \(row.status.rawValue)"><span class="icon" aria-hidden="true">\(icon)</span>\
            \(row.status.rawValue)</span>\(notes(on: row))
            """
    }

    private func notes(on row: RouteRow) -> [HTML] {
        var notes: [HTML] = []
        switch row.reason {
        case .noAgent: notes.append("<small>no agent yet; goes live by itself</small>")
        case .agentOffline: notes.append("<small>the plant's agent is offline</small>")
        case .notApplied, nil: break
        }
        if let conflict = row.conflict {
            switch conflict.role {
            case .winner: notes.append("<small class=\"mark\"><span aria-hidden=\"true\">✓</span> in use</small>")
            case .loser where conflict.shadowed == [row.subnet]:
                notes.append("<small class=\"mark\">led to another park</small>")
            case .loser:
                let ranges = conflict.shadowed.prefix(3).map(\.description).joined(separator: ", ")
                notes.append("<small class=\"mark\">led to another park: \(ranges)</small>")
            }
        }
        switch row.pending {
        case .add: notes.append("<small class=\"pending\">pending: add · waits for the next sync</small>")
        case .remove: notes.append("<small class=\"pending\">pending: remove · works until the next sync</small>")
        case nil: break
        }
        return notes
    }
}

extension Sequence {
    /// Splits where the value changes.
    fileprivate func runs<Value: Equatable>(by value: (Element) -> Value) -> [[Element]] {
        var runs: [[Element]] = []
        var last: Value?
        for element in self {
            let new = value(element)
            if new == last {
                runs[runs.count - 1].append(element)
            } else {
                runs.append([element])
            }
            last = new
        }
        return runs
    }
}
