import AccessModel

/// The first tab of the profile: who one is, and where.
struct ProfilePage: Sendable {
    var person: PersonID
    var intent: Intent

    static func tabs(current: String) -> HTML {
        let tabs = [("/profile", "General"), ("/profile/vpn", "VPN")].map { href, label -> HTML in
            "<li><a href=\"\(href)\"\(if: label == current, " aria-current=\"page\"")>\(label)</a></li>"
        }
        return """
            <h1>Profile</h1>
            <nav class="tabs" aria-label="Profile"><ul>\(tabs)</ul></nav>
            """
    }

    var page: WebPage {
        let name = intent.people[person]?.name ?? person.text
        let rows = intent.organizations.sorted { $0.key < $1.key }.compactMap { id, organization -> HTML? in
            guard let member = organization.members[person] else { return nil }
            return """
                <tr><th scope="row">\(organization.name)</th><td>\(member.standing.rawValue)</td>
                <td>\(member.jobRole.rawValue)</td></tr>
                """
        }
        let memberships: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">No organization has you as a member.</p>"
            : """
            <div class="scroll" tabindex="0" role="region" aria-label="Memberships"><table>
            <thead><tr><th scope="col">Organization</th><th scope="col">Standing</th><th scope="col">Job role</th></tr>
            </thead><tbody>\(rows)</tbody></table></div>
            """
        return WebPage(
            title: "Profile",
            content: """
                \(Self.tabs(current: "General"))
                <section class="card" aria-labelledby="who"><h2 id="who">\(name)</h2>
                <dl class="facts"><div><dt>Id</dt><dd><code>\(person)</code></dd></div></dl>
                \(memberships)
                </section>
                """)
    }
}
