import AccessModel

/// The lab's sign-in: everybody of the fixture, one click each, no password.
struct LoginPage: Sendable {
    var intent: Intent
    /// Where to go afterwards.
    var next: String

    var page: WebPage {
        let people = intent.people.sorted { $0.key < $1.key }.map { id, person in button(for: id, person) }
        return WebPage(
            title: "Sign in",
            content: """
                <section class="card narrow" aria-labelledby="login-title">
                <p class="eyebrow">A lab, not the real thing</p>
                <h1 id="login-title">Who are you today?</h1>
                <p>Everybody of this lab's fixture signs in here without a password. The product asks for one.</p>
                <form method="post" action="/login">
                <input type="hidden" name="next" value="\(next)">
                <ul class="people">\(people)</ul>
                <div class="or"><span>or</span></div>
                <button type="submit" name="lab" value="1" class="person rig">
                <span class="avatar" aria-hidden="true">⚙</span><span class="who"><strong>The rig</strong>
                <small>lab page, faults, everybody's permissions</small></span></button>
                </form>
                </section>
                """)
    }

    private func button(for id: PersonID, _ person: Person) -> HTML {
        let places = intent.organizations.sorted { $0.key < $1.key }.compactMap { organization, value -> String? in
            guard let member = value.members[id] else { return nil }
            let words = [
                member.standing == .admin ? "admin" : nil, member.jobRole == .none ? nil : member.jobRole.rawValue,
            ]
            let role = words.compactMap { $0 }.joined(separator: ", ")
            return "\(organization)\(role.isEmpty ? "" : " · \(role)")"
        }
        let subtitle = person.isActive ? places.joined(separator: "; ") : "deactivated"
        return """
            <li><button type="submit" name="person" value="\(id)" class="person">
            <span class="avatar" aria-hidden="true">\(person.name.first.map { String($0).uppercased() } ?? "?")</span>
            <span class="who"><strong>\(person.name)</strong><small>\(subtitle)</small></span></button></li>
            """
    }
}
