import AccessModel
import ControlProtocol

/// What is shared with other organisations, and what they share with us.
extension PermissionsPage {
    var cooperationsCard: HTML {
        let ours = intent.cooperations.sorted { $0.key < $1.key }
            .filter { $0.value.owner == organization || $0.value.partner == organization }
        let articles = ours.map { id, cooperation in article(id, cooperation) }
        let partners = intent.organizations.keys.sorted().filter { $0 != organization }
            .map { id -> HTML in "<option>\(id)</option>" }
        let shares =
            intent.portfolios.sorted { $0.key < $1.key }.filter { $0.value.organization == organization }
            .map { id, portfolio -> HTML in "<option value=\"portfolio:\(id)\">portfolio \(portfolio.name)</option>" }
            + intent.plants.sorted { $0.key < $1.key }.filter { intent.owner(of: $0.key) == organization }
            .map { id, plant -> HTML in "<option value=\"plant:\(id)\">plant \(plant.name)</option>" }
        let list: HTML = articles.isEmpty ? "<p class=\"empty\">No cooperation with anybody.</p>" : articles.joined()
        return """
            <div class="plants">\(list)</div>
            <details class="add"><summary>Propose a cooperation</summary>
            <form class="fields" data-api="POST /api/v1/cooperations">
            <input type="hidden" name="owner" value="\(organization)">
            <label>Id <input name="id" required></label>
            <label>Partner <select name="partner" required>\(partners)</select></label>
            <label>Shares <select name="shares" data-type="places" multiple required size="3">\(shares)</select></label>
            <label>Cap <select name="cap">\(options(JobRole.operator))</select></label>
            <label>Members <input name="members" data-type="list" data-optional placeholder="anna, ben"></label>
            <button class="button primary">Propose</button></form></details>
            """
    }

    private func article(_ id: CooperationID, _ cooperation: Cooperation) -> HTML {
        let here = "/api/v1/cooperations/\(id.text.escapedForPath)"
        let shares = cooperation.shares.sorted.map { Self.words($0) }.joined(separator: ", ")
        let members = cooperation.members.sorted.map(\.text).joined(separator: ", ")
        let isOwner = cooperation.owner == organization || isRig
        let cap: HTML =
            isOwner
            ? """
            <form class="inline" data-api="PATCH \(here)" data-auto><select name="cap" aria-label="Cap of \(id)">\
            \(options(cooperation.cap))</select></form>
            """ : "\(cooperation.cap.rawValue)"
        return """
            <article class="plant-box" data-key="cooperation \(id)" aria-labelledby="cooperation-\(id)">
            <div class="card-head"><h3 id="cooperation-\(id)">\(id)</h3>
            <span class="chip \(cooperation.state.rawValue)">\(cooperation.state.rawValue)</span></div>
            <dl class="facts"><div><dt>From</dt><dd>\(cooperation.owner)</dd></div><div><dt>To</dt>
            <dd>\(cooperation.partner)</dd></div><div><dt>Shares</dt><dd>\(shares)</dd></div>
            <div><dt>Cap</dt><dd>\(cap)</dd></div></dl>
            <form class="inline" data-api="PATCH \(here)"><input name="members" data-type="list" value="\(members)" \
            aria-label="Members of \(id)"><button class="button small quiet" aria-label="Set the members of \(id)">\
            Set members</button></form>
            <p class="inline">\(steps(of: id, cooperation, here))</p></article>
            """
    }

    /// What may become of it now.
    private func steps(of id: CooperationID, _ cooperation: Cooperation, _ here: String) -> [HTML] {
        func step(_ label: String, _ state: Cooperation.State, confirm: String? = nil) -> HTML {
            button(
                label, "PATCH \(here)", body: "{\"state\":\"\(state.rawValue)\"}", name: id.text, confirm: confirm)
        }
        let end = step("End", .ended, confirm: "\(id) ends for good; its routes go with the next sync.")
        switch cooperation.state {
        case .proposed:
            return cooperation.partner == organization || isRig ? [step("Accept", .accepted), end] : [end]
        case .accepted: return [step("Pause", .paused), end]
        case .paused: return [step("Resume", .accepted), end]
        case .ended: return []
        }
    }
}
