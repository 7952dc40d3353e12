import GRDB

extension Store {
    /// Every shape that the database has had, in order; one that was published never changes.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("beginning") { database in
            try database.execute(sql: beginning)
        }
        migrator.registerMigration("audit by person") { database in
            try database.execute(
                sql: """
                    CREATE INDEX audit_of_person ON audit (person, action);
                    CREATE INDEX audit_of_plant ON audit (plant, action);
                    """)
        }
        migrator.registerMigration("hash by entries") { database in
            // The view's hash is put together in another way: it is taken anew from what is released.
            if var counters = try meta(Counters.self, "counters", in: database) {
                counters.hash = ""
                try setMeta(counters, "counters", in: database)
            }
        }
        migrator.registerMigration("agents' places") { database in
            try database.execute(
                sql: "CREATE TABLE agent_place (public_key TEXT PRIMARY KEY, endpoint TEXT NOT NULL) STRICT")
        }
        migrator.registerMigration("enrolment repeated") { database in
            try database.execute(sql: "ALTER TABLE enrolment ADD COLUMN used_at INTEGER")
        }
        return migrator
    }

    static let neverShrinks = """
        CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
        """

    private static let beginning = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

        CREATE TABLE snapshot (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
        CREATE TABLE command (
            sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL) STRICT;

        CREATE TABLE released_person (
            person TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (person, revision)) STRICT;
        CREATE TABLE released_agent (agent TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
        CREATE TABLE agent_liveness (agent TEXT PRIMARY KEY, liveness TEXT NOT NULL) STRICT;

        CREATE TABLE token (hash TEXT PRIMARY KEY, principal TEXT NOT NULL) STRICT;
        CREATE TABLE enrolment (
            hash TEXT PRIMARY KEY, agent TEXT NOT NULL, is_used INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE TABLE delivery (
            person TEXT NOT NULL, name TEXT NOT NULL, public_key TEXT NOT NULL, at INTEGER NOT NULL,
            status INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (person, name)) STRICT;

        CREATE TABLE session (
            id TEXT PRIMARY KEY, person TEXT NOT NULL, public_key TEXT NOT NULL, source TEXT NOT NULL,
            started INTEGER NOT NULL, last_heard INTEGER NOT NULL, bytes_up INTEGER NOT NULL,
            bytes_down INTEGER NOT NULL, end_reason TEXT) STRICT;
        CREATE INDEX session_of_person ON session (person, last_heard);
        CREATE TABLE peer_volume (
            public_key TEXT PRIMARY KEY, incarnation TEXT NOT NULL, bytes_from INTEGER NOT NULL,
            bytes_to INTEGER NOT NULL) STRICT;

        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL, author TEXT NOT NULL,
            person TEXT, plant TEXT, detail TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
        CREATE TABLE audit_reader (
            sequence INTEGER NOT NULL REFERENCES audit (sequence), organization TEXT NOT NULL,
            PRIMARY KEY (organization, sequence)) STRICT;
        CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        \(neverShrinks);

        CREATE TABLE access (
            id INTEGER PRIMARY KEY, person TEXT NOT NULL, organization TEXT NOT NULL, plant TEXT NOT NULL,
            address TEXT NOT NULL, transport INTEGER NOT NULL, port INTEGER NOT NULL, path TEXT NOT NULL,
            subnet TEXT, device TEXT, service TEXT, first_touch INTEGER NOT NULL, last_touch INTEGER NOT NULL,
            bytes_up INTEGER NOT NULL, bytes_down INTEGER NOT NULL, packets_up INTEGER NOT NULL,
            packets_down INTEGER NOT NULL, source TEXT, place TEXT, denied INTEGER NOT NULL,
            UNIQUE (person, organization, plant, address, transport, port, path)) STRICT;
        CREATE TABLE flow (
            incarnation TEXT NOT NULL, id INTEGER NOT NULL, bytes_up INTEGER NOT NULL, bytes_down INTEGER NOT NULL,
            packets_up INTEGER NOT NULL, packets_down INTEGER NOT NULL, is_over INTEGER NOT NULL,
            PRIMARY KEY (incarnation, id)) STRICT;
        """
}
