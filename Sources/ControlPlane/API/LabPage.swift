import AccessModel
import Addressing
import ControlProtocol
import HTTPTypes
import Hummingbird

/// A page for whoever runs the rig: plants, people and what each may reach, to read only.
struct LabPage {
    let service: ControlPlaneService

    func add(to router: Router<APIContext>) {
        router.get("/") { _, _ in Self.response(await html, type: "text/html; charset=utf-8") }
        router.get("lab.css") { _, _ in Self.response(Self.style, type: "text/css") }
    }

    private static func response(_ text: String, type: String) -> Response {
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
        headers[.contentSecurityPolicy] = """
            default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private var html: String {
        get async {
            let state = await service.state
            let status = await service.status
            let every = status.everySeconds.map { "every \($0) s" } ?? "paused"
            return """
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
                <meta http-equiv="refresh" content="2"><link rel="stylesheet" href="/lab.css">
                <title>mirox-rig</title></head><body><main>
                <h1>mirox-rig</h1>
                <p>Revision \(status.revision), acknowledged \(status.acknowledged); sync \(every).</p>
                <h2>Plants</h2>
                <table><thead><tr><th scope="col">Organization</th><th scope="col">Portfolio</th>
                <th scope="col">Plant</th><th scope="col">Subnets</th><th scope="col">Agent</th></tr></thead>
                <tbody>\(Self.plants(state))</tbody></table>
                <h2>People</h2>
                <table><thead><tr><th scope="col">Person</th><th scope="col">Plant</th><th scope="col">Subnet</th>
                <th scope="col">Status</th></tr></thead><tbody>\(Self.people(state))</tbody></table>
                </main></body></html>
                """
        }
    }

    private static func plants(_ state: ControlState) -> String {
        let states = state.states(of: state.view.agents)
        return state.intent.plants
            .map { id, plant in
                (
                    id, plant, state.intent.portfolios[plant.portfolio]?.organization.text ?? "",
                    plant.portfolio.text
                )
            }
            .sorted { ($0.2, $0.3, $0.0.text) < ($1.2, $1.3, $1.0.text) }
            .map { id, plant, organization, portfolio in
                row([
                    organization, portfolio, id.text,
                    plant.subnets.map(\.prefix.description).joined(separator: ", "),
                    (states[id] ?? .noAgent).rawValue,
                ])
            }
            .joined()
    }

    private static func people(_ state: ControlState) -> String {
        state.intent.people.keys.sorted().map { person in
            let rows = state.rows(of: person)
            guard !rows.isEmpty else {
                let why = state.intent.certificates[person] == nil ? "no certificate" : "no permission"
                return row([person.text, "", "", why])
            }
            return rows.map { route in
                let words = [
                    route.status.rawValue, route.reason?.rawValue, route.conflict.map { "(\($0.role.rawValue))" },
                    route.pending.map { "pending: \($0.rawValue)" },
                ]
                return row([
                    person.text, route.plant.text, route.subnet.description,
                    words.compactMap { $0 }.joined(separator: " "),
                ])
            }
            .joined()
        }
        .joined()
    }

    private static func row(_ cells: [String]) -> String {
        "<tr>" + cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }

    private static let style = """
        :root { color-scheme: light dark; font: 16px/1.4 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 1rem auto; padding: 0 1rem; overflow-x: auto; }
        table { border-collapse: collapse; }
        th, td { text-align: left; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid #8884; }
        """
}
