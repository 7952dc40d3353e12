import AccessModel
import Addressing
import ControlProtocol

/// The VPN tab: three cards in their order, each in the state that it is in.
struct VPNPage: Sendable {
    /// Everything that the page shows.
    struct Content: Sendable {
        var person: PersonID
        var overview: VPNOverview
        var rows: [RouteRow]
        var sessions: [SessionRow]
        var names: Names
        /// Admins whom the person may ask, by organisation.
        var admins: [String]
        /// The newest event that the content holds already.
        var event: String

        init(of person: PersonID, from service: ControlPlaneService) async throws {
            self.person = person
            event = await "\(service.streamEpoch)-\(service.change)"
            overview = try await service.overview(of: person)
            rows = await service.rows(of: person)
            sessions = try await service.sessions(of: person)
            let intent = await service.state.intent
            names = Names(intent: intent)
            admins = intent.organizations.sorted { $0.key < $1.key }.filter { $0.value.members[person] != nil }
                .flatMap { _, organization in
                    organization.members.sorted { $0.key < $1.key }
                        .filter { $0.value.standing == .admin && $0.key != person }
                        .map { "\(intent.people[$0.key]?.name ?? $0.key.text) (\(organization.name))" }
                }
        }
    }

    /// What of the rows is shown: a search in their words, a portfolio, a plant; all that are given count.
    struct Filter: Sendable, Hashable {
        var search = ""
        var portfolio = ""
        var plant = ""

        var isEmpty: Bool { search.isEmpty && portfolio.isEmpty && plant.isEmpty }

        func shows(_ row: RouteRow, _ names: Names) -> Bool {
            (portfolio.isEmpty || row.portfolio.text == portfolio) && (plant.isEmpty || row.plant.text == plant)
                && (search.isEmpty || names.searchText(of: row).contains(search.lowercased()))
        }
    }

    /// How things are called on the page.
    struct Names: Sendable {
        var intent: Intent

        func organization(_ id: OrganizationID) -> String { intent.organizations[id]?.name ?? id.text }

        func portfolio(_ id: PortfolioID) -> String { intent.portfolios[id]?.name ?? id.text }

        func plant(_ id: PlantID) -> String { intent.plants[id]?.name ?? id.text }

        /// What the search box looks in, in small letters.
        func searchText(of row: RouteRow) -> String {
            var words = [row.subnet.description, row.plant.text, row.portfolio.text, row.organization.text]
            for name in [plant(row.plant), portfolio(row.portfolio), organization(row.organization)]
            where !words.contains(name) { words.append(name) }
            return words.joined(separator: " ").lowercased()
        }
    }

    var content: Content
    var filter = Filter()

    var page: WebPage {
        WebPage(
            title: "VPN",
            content: """
                \(ProfilePage.tabs(current: "VPN"))
                <noscript><p class="banner">Without JavaScript this page can be read. Keys are made in the browser, so
                issuing and rotating need it.</p></noscript>
                \(routesCard)
                \(sessionsCard)
                \(certificateCard)
                """, script: "vpn.js", events: "/api/v1/me/vpn/events?view=brief&last=\(content.event)")
    }
}

/// A moment, in UTC until the page knows better.
func timeElement(_ moment: Timestamp) -> HTML {
    let text = moment.description
    return "<time datetime=\"\(text)\">\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC</time>"
}

/// For people: decimal units, durations of two parts.
enum Amount {
    /// `1.4 MB`.
    static func bytes(_ count: UInt64) -> String {
        guard count >= 1000 else { return "\(count) B" }
        let units = ["kB", "MB", "GB", "TB", "PB"]
        var value = Double(count) / 1000
        var unit = 0
        while value >= 999.95, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// `2 h 5 min`.
    static func duration(seconds: Double) -> String {
        let whole = Int(max(0, seconds))
        let parts = [(whole / 86_400, "d"), (whole / 3600 % 24, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")]
        guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0 s" }
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}
