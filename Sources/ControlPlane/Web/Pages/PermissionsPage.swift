import AccessModel
import ControlProtocol

/// What admins decide for their organisation: each button is one call of the public API.
struct PermissionsPage: Sendable {
    var organization: OrganizationID
    var visitor: Visitor
    var intent: Intent
    var status: SyncStatus
    var agents: [AgentRow]

    var names: VPNPage.Names { VPNPage.Names(intent: intent) }
    var isRig: Bool { visitor.session.principal == .lab }
    var path: String { "/api/v1/organizations/\(organization.text.escapedForPath)" }

    var page: WebPage {
        WebPage(
            title: "Permissions",
            content: """
                <h1>Permissions</h1>
                <p class="lead">Who is in <strong>\(names.organization(organization))</strong>, what it runs, and who may go
                where. A change is recorded at once and reaches the gateway with the next sync.</p>
                \(OrganizationTabs(visitor: visitor, current: organization).html)
                <div id="sync-live" data-live>\(syncBanner)</div>
                \(card("members", "Members", membersCard))
                \(card("plants", "Portfolios and plants", plantsCard))
                \(card("grants", "Grants", grantsCard))
                \(card("cooperations", "Cooperations", cooperationsCard))
                \(if: isRig, rigCard)
                """, events: "/api/v1/permissions/events", isWide: true)
    }

    private func card(_ id: String, _ title: String, _ content: HTML) -> HTML {
        """
        <section class="card" aria-labelledby="\(id)-title"><h2 id="\(id)-title">\(title)</h2>
        <div id="\(id)-live" data-live>\(content)</div></section>
        """
    }

    private var syncBanner: HTML {
        let waiting = status.generation - min(status.generation, status.released)
        let people = status.pendingPeople.map(\.text).joined(separator: ", ")
        let clock = status.everySeconds.map { "every \(Self.seconds($0))" } ?? "paused"
        let news: HTML =
            waiting == 0 && status.pendingPeople.isEmpty
            ? "<span><span class=\"icon\" aria-hidden=\"true\">✓</span> Everything is applied.</span>"
            : """
            <span><span class="icon" aria-hidden="true">◷</span> <strong>\(waiting) \(waiting == 1 ? "change" : "changes")
            waiting</strong> for the next sync\(people.isEmpty ? "" : "; it concerns \(people)").</span>
            """
        let buttons: HTML =
            isRig
            ? """
            <span class="inline">\(button("Sync now", "POST /api/v1/sync", body: "{\"now\":true}"))
            \(button("Pause the syncs", "POST /api/v1/sync", body: "{\"pause\":true}", isQuiet: true))
            <form class="inline" data-api="POST /api/v1/sync"><label class="visually-hidden" for="every">Seconds</label>
            <input id="every" name="every" data-type="number" type="number" min="0.05" step="any" value="10" required>
            <button class="button small quiet">Sync every so many seconds</button></form></span>
            """ : ""
        return "<div class=\"banner calm\">\(news)<small>Syncs: \(clock).</small>\(buttons)</div>"
    }

    static func seconds(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }

    // MARK: Controls

    /// A button that is one call.
    ///
    /// - Parameter confirm: what happens, asked before; such a button is red.
    func button(
        _ label: String, _ call: String, body: String? = nil, name: String? = nil, confirm: String? = nil,
        isQuiet: Bool = false
    ) -> HTML {
        let sent: HTML? = body.map { " data-body=\"\($0)\"" }
        let named: HTML? = name.map { " aria-label=\"\(label) \($0)\"" }
        let asked: HTML? = confirm.map { " data-confirm=\"\($0)\"" }
        let kind = confirm != nil ? "destructive quiet" : isQuiet ? "quiet" : ""
        return """
            <button type="button" class="button small \(kind)" data-needs-script hidden data-api="\(call)"\(sent)\(named)\
            \(asked)>\(label)</button>
            """
    }

    func options<Value: RawRepresentable<String> & CaseIterable & Equatable>(_ chosen: Value) -> [HTML] {
        Value.allCases.map { value -> HTML in
            "<option\(if: value == chosen, " selected")>\(value.rawValue)</option>"
        }
    }

    // MARK: Members

    private var membersCard: HTML {
        let members = intent.organizations[organization]?.members.sorted { $0.key < $1.key } ?? []
        let rows = members.map { id, member in memberRow(id, member) }
        let others = intent.people.keys.sorted().filter { id in !members.contains { $0.key == id } }
        let names = others.map { id -> HTML in "<option>\(id)</option>" }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Table of members"><table>
            <thead><tr><th scope="col">Person</th><th scope="col">Standing and job role</th><th scope="col">Account</th>
            </tr></thead><tbody>\(rows)</tbody></table></div>
            <details class="add"><summary>Add a member</summary>
            <form class="fields" data-api="PUT \(path)/members/{person}">
            <label>Person <select name="person" required>\(names)</select></label>
            <label>Standing <select name="standing">\(options(Standing.member))</select></label>
            <label>Job role <select name="jobRole">\(options(JobRole.operator))</select></label>
            <button class="button primary">Add</button></form></details>
            """
    }

    private func memberRow(_ id: PersonID, _ member: Member) -> HTML {
        let person = intent.people[id]
        let account = "/api/v1/people/\(id.text.escapedForPath)"
        let toggle =
            person?.isActive == true
            ? button(
                "Deactivate", "POST \(account)/deactivate", name: id.text,
                confirm: "\(id) is cut off at once; every record stays.")
            : button("Reactivate", "POST \(account)/reactivate", name: id.text)
        return """
            <tr data-key="member \(id)"><th scope="row">\(person?.name ?? id.text)\
            \(if: person?.isActive != true, " <small class=\"mark\">deactivated</small>")</th>
            <td><form class="inline" data-api="PUT \(path)/members/\(id.text.escapedForPath)" data-auto>
            <select name="standing" aria-label="Standing of \(id)">\(options(member.standing))</select>
            <select name="jobRole" aria-label="Job role of \(id)">\(options(member.jobRole))</select>
            </form></td><td><span class="inline">\(toggle)
            \(button(
                "Remove", "DELETE \(path)/members/\(id.text.escapedForPath)", name: id.text,
                confirm: "\(id) leaves the organization; open connections drop at the next sync."))
            </span></td></tr>
            """
    }

    // MARK: Grants

    /// Places of ours, and places that were shared with us.
    private var places: [(Place, String)] {
        var places: [(Place, String)] = [(.organization(organization), "all of \(organization)")]
        for (id, portfolio) in intent.portfolios.sorted(by: { $0.key < $1.key })
        where portfolio.organization == organization { places.append((.portfolio(id), "portfolio \(portfolio.name)")) }
        for (id, plant) in intent.plants.sorted(by: { $0.key < $1.key }) where intent.owner(of: id) == organization {
            places.append((.plant(id), "plant \(plant.name)"))
        }
        let received = intent.cooperations.values.filter { $0.partner == organization && $0.state != .ended }
        for place in Set(received.flatMap(\.shares.sorted)).sorted() {
            places.append((place, "shared with us: \(Self.words(place))"))
        }
        return places
    }

    static func words(_ place: Place) -> String {
        place.text.split(separator: ":", maxSplits: 1).joined(separator: " ")
    }

    private var grantsCard: HTML {
        let ours = Set(places.map(\.0))
        var rows: [HTML] = []
        for (person, grants) in intent.grants.sorted(by: { $0.key < $1.key }) {
            for grant in grants where ours.contains(grant.place) || intent.owner(of: grant.place) == organization {
                let id = GrantView(person: person, place: grant.place, since: grant.since).id
                let since: HTML = grant.since == .beginning ? "always" : timeElement(grant.since)
                rows.append(
                    """
                    <tr data-key="grant \(id)"><th scope="row">\(person)</th><td>\(Self.words(grant.place))</td>
                    <td>\(since)</td><td>\(button(
                        "Withdraw", "DELETE /api/v1/grants/\(id.escapedForPath)",
                        name: "\(Self.words(grant.place)) from \(person)",
                        confirm: "\(person) loses \(Self.words(grant.place)); open connections drop at the next sync."))
                    </td></tr>
                    """)
            }
        }
        let people = intent.people.keys.sorted().map { id -> HTML in "<option>\(id)</option>" }
        let options = places.map { place, label -> HTML in "<option value=\"\(place.text)\">\(label)</option>" }
        let table: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">Nobody has a grant here.</p>"
            : """
            <div class="scroll" tabindex="0" role="region" aria-label="Table of grants"><table>
            <thead><tr><th scope="col">Person</th><th scope="col">Place</th><th scope="col">Since</th>
            <th scope="col"><span class="visually-hidden">Action</span></th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
        return """
            \(table)
            <details class="add"><summary>Give a grant</summary><form class="fields" data-api="POST /api/v1/grants">
            <label>Person <select name="person" required>\(people)</select></label>
            <label>Place <select name="place" data-type="place" required>\(options)</select></label>
            <button class="button primary">Grant</button></form></details>
            """
    }

    // MARK: The rig's own

    private var rigCard: HTML {
        """
        <section class="card" aria-labelledby="rig-title"><h2 id="rig-title">New people and organizations</h2>
        <p class="hint">Only the rig may do this.</p>
        <form class="fields" data-api="POST /api/v1/people"><label>Person's id <input name="id" required></label>
        <button class="button">Create person</button></form>
        <form class="fields" data-api="POST /api/v1/organizations"><label>Organization's id <input name="id" required>
        </label><button class="button">Create organization</button></form></section>
        """
    }
}
