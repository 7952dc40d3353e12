import Addressing
import GRDB

extension Store {
    /// Where the gateway last heard each agent, by the agent's key.
    func agentPlaces() throws -> [PublicKey: Endpoint] {
        try database.read { database in
            var places: [PublicKey: Endpoint] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT public_key, endpoint FROM agent_place") {
                guard let key = PublicKey(row["public_key"] as String) else { continue }
                places[key] = Endpoint(row["endpoint"] as String)
            }
            return places
        }
    }

    /// Keeps these places beside those that are known already.
    func record(_ places: [PublicKey: Endpoint]) throws {
        guard !places.isEmpty else { return }
        try database.write { database in
            for (key, endpoint) in places {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO agent_place (public_key, endpoint) VALUES (?, ?)",
                    arguments: [key.description, endpoint.description])
            }
        }
    }

    /// Forgets where these agents were: they are gone.
    func forgetPlaces(of keys: some Collection<PublicKey>) throws {
        guard !keys.isEmpty else { return }
        try database.write { database in
            for key in keys {
                try database.execute(
                    sql: "DELETE FROM agent_place WHERE public_key = ?", arguments: [key.description])
            }
        }
    }
}
