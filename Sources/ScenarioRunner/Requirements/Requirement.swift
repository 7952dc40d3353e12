/// One numbered line of what the product does.
package struct Requirement: Hashable, Sendable {
    package var number: Int
    /// A few words for the matrix; the whole line stands in the design.
    package var title: String

    package var name: String { "R\(number)" }

    package static let all: [Requirement] = titles.enumerated().map { Requirement(number: $0 + 1, title: $1) }

    private static let titles = [
        // Page and entry
        "VPN tab on the profile page, with a URL of its own", "three cards in their order",
        "issue without a certificate, rotate and revoke with one", "no certificate: no routes, no sessions",
        // Preconditions
        "a certificate alone reaches nothing", "no subnet no row, no agent unreachable",
        "live by itself when the agent comes up", "only job roles with VPN give routes",
        // Issue
        "one certificate a person, also of two at once", "the file comes with the click",
        "the private key stays on the device", "the file is shown once", "a lost file means rotate",
        "stock clients take the file, also as a code", "what stands in the file", "split tunnel that never changes",
        "a file name that clients take", "bad, weak and used keys are refused",
        // Using it
        "hosts at their own addresses, any protocol, any size", "the page shows the key in force",
        "an old file shakes no hands after the sync", "no packet under a foreign address",
        "no person to person, no plant to plant",
        // Reachable subnets
        "every subnet that permissions open", "organization, portfolio, plant", "derived, never added by hand",
        "new ones come by themselves", "lost ones go by themselves", "open connections drop at the next sync",
        "the same for every way to lose a right", "search", "filter by portfolio", "filter by plant",
        "columns of the table", "three words of status", "active means reachable now",
        "conflict means a shared range", "unreachable means no agent", "Refresh takes effect at once",
        "conflicts first", "losers are highlighted",
        // Conflicts
        "one range, one place, for each person", "click, dialog, Use this park", "traffic goes to the picked plant",
        "the switch is instant", "and can be taken back, without end", "losers keep their other subnets",
        "one person's choice is nobody else's", "a conflict is no error", "no new file, no reconnect",
        // Recent connections
        "what a session row shows", "revoke removes them, rotate keeps them", "newest first, one Online, true volumes",
        "advice on strange sessions", "the audit is somebody else's",
        // Rotate
        "rotate gives a new file once", "rotate keeps record, routes and history", "the old key stops at the sync",
        "never two keys at a time", "rotation is audited and shown",
        // Revoke
        "revoke cuts at once", "certificate, routes and history go", "and can be issued anew",
        "the operator's records stay", "picks go, the address rests", "revoking twice is as once",
        // Proxy and Direct VPN
        "a device's page without a client", "the proxy checks and records each request",
        "the proxy knows no conflict", "a shared link is no right", "Direct VPN is independent",
        // Permissions and cooperation
        "grants inherit, paths unite, cooperations cap", "pending gives nothing, pausing takes it away",
        "what was shared is not shared on", "two paths, one row",
        // Sync
        "pending can be told from applied", "ordered, idempotent, restored after a restart",
        "others notice nothing", "a gateway alone fails closed", "revoke while the gateway is cut off",
        // Audit
        "every access, by person, device and service", "who may read the audit", "append-only and tamper-evident",
        "control events too", "attributed to the plant that was reached",
        // Wording
        "the labels, word for word", "park for people, plant for programs", "times, volumes, durations for people",
        "works by keyboard", "thousands of rows",
    ]
}
