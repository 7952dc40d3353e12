import AccessModel
import Addressing
import ControlProtocol

/// Portfolios, plants, subnets, devices, agents.
extension PermissionsPage {
    var plantsCard: HTML {
        let portfolios = intent.portfolios.sorted { $0.key < $1.key }.filter { $0.value.organization == organization }
        let sections = portfolios.map { id, portfolio in section(id, portfolio) }
        return """
            \(sections)
            <details class="add"><summary>Add a portfolio</summary>
            <form class="fields" data-api="POST \(path)/portfolios"><label>Portfolio's id <input name="id" required></label>
            <label>Name <input name="name" data-optional></label>
            <button class="button primary">Add portfolio</button></form></details>
            """
    }

    private func section(_ id: PortfolioID, _ portfolio: Portfolio) -> HTML {
        let plants = intent.plants.sorted { $0.key < $1.key }.filter { $0.value.portfolio == id }
        let articles = plants.map { plantID, plant in article(plantID, plant) }
        let here = "/api/v1/portfolios/\(id.text.escapedForPath)"
        return """
            <section class="portfolio" data-key="portfolio \(id)" aria-labelledby="portfolio-\(id)">
            <div class="card-head"><h3 id="portfolio-\(id)">\(portfolio.name)</h3>
            \(button("Delete portfolio", "DELETE \(here)", name: id.text, confirm: "The empty portfolio \(id) is deleted."))
            </div>
            <div class="plants">\(articles)</div>
            <details class="add"><summary>Add a plant to \(portfolio.name)</summary>
            <form class="fields" data-api="POST \(here)/plants"><label>Plant's id <input name="id" required></label>
            <label>Name <input name="name" data-optional></label>
            <label>Subnets <input name="subnets" data-type="list" data-optional placeholder="192.168.1.0/24"></label>
            <button class="button primary">Add plant</button></form></details></section>
            """
    }

    private func article(_ id: PlantID, _ plant: Plant) -> HTML {
        let here = "/api/v1/plants/\(id.text.escapedForPath)"
        let subnets = plant.subnets.map { subnetRow($0, of: id, here) }
        let targets = intent.portfolios.sorted { $0.key < $1.key }.filter { $0.value.organization == organization }
            .map { key, portfolio -> HTML in
                "<option value=\"\(key)\"\(if: key == plant.portfolio, " selected")>\(portfolio.name)</option>"
            }
        return """
            <article class="plant-box" data-key="plant \(id)" aria-labelledby="plant-\(id)">
            <div class="card-head"><h4 id="plant-\(id)">\(plant.name)</h4>
            \(button(
                "Delete plant", "DELETE \(here)", name: id.text,
                confirm: "\(id) is deleted for good: its routes go with the next sync, its audit stays."))</div>
            <ul class="subnets">\(subnets)</ul>
            <form class="inline" data-api="POST \(here)/subnets"><input name="prefix" required \
            placeholder="192.168.1.0/24" aria-label="New subnet of \(id)"><button class="button small">Add subnet</button>
            </form>
            <form class="inline" data-api="PATCH \(here)" data-auto><label>Portfolio
            <select name="portfolio" aria-label="Portfolio of \(id)">\(targets)</select></label></form>
            \(agentLine(of: id, here))
            \(devices(of: plant, id, here))
            </article>
            """
    }

    private func subnetRow(_ subnet: Subnet, of id: PlantID, _ here: String) -> HTML {
        let name = subnet.prefix.description.split(separator: "/").joined(separator: "-")
        return """
            <li data-key="subnet \(subnet.prefix)"><form class="inline" data-api="PUT \(here)/subnets/\(name)">
            <input name="prefix" value="\(subnet.prefix)" required aria-label="Subnet \(subnet.prefix) of \(id)">
            <button class="button small quiet" aria-label="Change \(subnet.prefix) of \(id)">Change</button></form>
            \(button(
                "Remove", "DELETE \(here)/subnets/\(name)", name: "\(subnet.prefix) of \(id)",
                confirm: "\(subnet.prefix) is taken from \(id); open connections into it drop at the next sync."))</li>
            """
    }

    private func agentLine(of id: PlantID, _ here: String) -> HTML {
        let ours = agents.filter { $0.plant == id }
        let rows = ours.map { agent -> HTML in
            let word =
                agent.isProvisioned
                ? agent.isEnrolled ? agent.liveness?.rawValue ?? "enrolled" : "waits for enrolment" : "unprovisioned"
            let action =
                agent.isProvisioned
                ? button(
                    "Unprovision", "DELETE /api/v1/agents/\(agent.agent.text.escapedForPath)", name: agent.agent.text,
                    confirm: "The plant's rows become unreachable at once.")
                : button(
                    "Provision", "POST \(here)/agents", body: "{\"agent\":\"\(agent.agent)\"}", name: agent.agent.text)
            return "<li data-key=\"agent \(agent.agent)\">Agent <code>\(agent.agent)</code>: \(word) \(action)</li>"
        }
        guard !rows.isEmpty else {
            let call = button(
                "Provision an agent", "POST \(here)/agents", body: "{\"agent\":\"\(id)\"}", name: "at \(id)")
            return "<p>No agent: its rows are unreachable. \(call)</p>"
        }
        return "<ul class=\"agents\">\(rows)</ul>"
    }

    private func devices(of plant: Plant, _ id: PlantID, _ here: String) -> HTML {
        let devices = plant.subnets.flatMap(\.devices)
        let rows = devices.map { device -> HTML in
            """
            <li data-key="device \(device.address)"><code>\(device.address)</code> \(device.name) <small>\(device.type)</small>
            \(button(
                "Remove", "DELETE \(here)/devices/\(device.address)", name: "\(device.name) of \(id)",
                confirm: "Only its name goes from the audit's labels; the device itself stays."))</li>
            """
        }
        return """
            <details class="devices" data-key="devices"><summary>Listed devices (\(devices.count))</summary>
            <ul>\(rows)</ul><form class="fields" data-api="PUT \(here)/devices/{address}" data-keep="address">
            <label>Name <input name="name" required></label><label>Address <input name="address" required></label>
            <label>Type <input name="type" value="inverter" required></label>
            <input type="hidden" name="services" data-type="list" value="">
            <button class="button small">List device</button></form></details>
            """
    }
}
