import AccessModel
import Addressing
import DeviceModel

/// Reads a fixture file into values, with every default filled in.
struct FixtureReader {
    let log: DiagnosticLog
    let files: FileReading
    var kinds: [String: DeviceTraits] = [:]
    var kindNames: [String] = []
    var vendors: [String: VendorProfile] = [:]
    var wanAddresses: WANAddresses
    var plantOrdinal = 0
    var names = FixtureNames()

    init(log: DiagnosticLog, files: @escaping FileReading) {
        self.log = log
        self.files = files
        wanAddresses = WANAddresses()
    }

    static let sections = ["control-plane", "kinds", "organizations", "cooperations", "grants", "laptops", "agents"]

    /// - Returns: `nil` when anything is wrong.
    mutating func read(_ source: SourceText) -> Fixture? {
        let errorsBefore = log.errorCount
        guard let root = YAMLNode.parse(source, log: log), let whole = including(root, stack: [source.path]),
            var fields = Cursor(whole, log: log).fields("a fixture")
        else { return nil }
        Format.check(&fields)
        let title = fields.required("fixture")?.text("the title of the fixture")
        fields.allow(["include"])
        var fixture = Fixture(title: title ?? "")
        if let cursor = fields.optional("control-plane") { fixture.controlPlane = controlPlane(cursor) }
        if let cursor = fields.optional("kinds") { readKinds(cursor) }
        if let cursor = fields.required("organizations") { fixture.organizations = organizations(cursor) }
        if let cursor = fields.optional("cooperations") { fixture.cooperations = cooperations(cursor) }
        if let cursor = fields.optional("grants") { fixture.grants = grants(cursor) }
        if let cursor = fields.optional("laptops") { fixture.laptops = laptops(cursor) }
        if let cursor = fields.optional("agents") { readAgents(cursor, &fixture) }
        if let cursor = fields.optional("plant-clock") { fixture.plantClock = plantClock(cursor) }
        fields.finish("a fixture")
        fillAddresses(&fixture)
        return log.errorCount == errorsBefore ? fixture : nil
    }

    // MARK: Include

    /// Adds the sections that `include: file#section` names; what the file itself says wins.
    private func including(_ root: YAMLNode, stack: [String]) -> YAMLNode? {
        guard case .mapping(var entries) = root.content,
            let include = entries.first(where: { $0.key == "include" })
        else { return root }
        for cursor in Cursor(include.value, log: log).oneOrMore() {
            guard let (section, value) = section(cursor, stack: stack) else { continue }
            guard let index = entries.firstIndex(where: { $0.key == section }) else {
                entries.append(.init(key: section, keyLocation: cursor.location, value: value))
                continue
            }
            if case .mapping(let own) = entries[index].value.content, case .mapping(let other) = value.content {
                let added = other.filter { entry in !own.contains { $0.key == entry.key } }
                entries[index].value.content = .mapping(own + added)
            }
        }
        var whole = root
        whole.content = .mapping(entries)
        return whole
    }

    private func section(_ cursor: Cursor, stack: [String]) -> (String, YAMLNode)? {
        guard let text = cursor.text("a file and section such as other.yaml#kinds") else { return nil }
        let parts = text.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            cursor.error("'\(text)' names no section: write file.yaml#kinds")
            return nil
        }
        guard Self.sections.contains(parts[1]) else {
            log.unknown("section", parts[1], among: Self.sections, at: cursor.location)
            return nil
        }
        guard let source = Loader.find(parts[0], from: cursor, files: files) else { return nil }
        guard !stack.contains(source.path) else {
            cursor.error("'\(source.path)' includes itself: \((stack + [source.path]).joined(separator: " -> "))")
            return nil
        }
        guard let root = YAMLNode.parse(source, log: log),
            let whole = including(root, stack: stack + [source.path]), case .mapping(let entries) = whole.content
        else { return nil }
        guard let value = entries.first(where: { $0.key == parts[1] })?.value else {
            cursor.error("'\(source.path)' has no section '\(parts[1])'")
            return nil
        }
        return (parts[1], value)
    }

    // MARK: Control plane

    private func controlPlane(_ cursor: Cursor) -> ControlPlaneOptions {
        var options = ControlPlaneOptions()
        guard var fields = cursor.fields("control-plane options") else { return options }
        func set(_ key: String, _ path: WritableKeyPath<ControlPlaneOptions, Duration>) {
            guard let cursor = fields.optional(key), let value = cursor.duration() else { return }
            if value > .zero {
                options[keyPath: path] = value
            } else {
                cursor.error("'\(key)' must be more than nothing")
            }
        }
        set("sync-interval", \.syncInterval)
        set("keepalive", \.keepalive)
        set("heartbeat", \.heartbeat)
        set("agent-offline-after", \.agentOfflineAfter)
        set("session-online", \.sessionOnline)
        set("session-end", \.sessionEnd)
        if let cursor = fields.optional("lease") { options.lease = cursor.duration() }
        if let value = fields.optional("default-winner")?
            .choice("a default winner", AccessPolicy.DefaultWinner.self)
        {
            options.defaultWinner = value
        }
        if let value = fields.optional("offline-agent")?
            .choice("a policy", AccessPolicy.OfflineAgent.self)
        {
            options.offlineAgent = value
        }
        if let value = fields.optional("refuse-with")?
            .choice("a way to refuse", ControlPlaneOptions.Refusal.self)
        {
            options.refuseWith = value
        }
        if let value = fields.optional("handshakes")?
            .choice("a way to take handshakes", ControlPlaneOptions.Handshakes.self)
        {
            options.handshakes = value
        }
        if let pool = fields.optional("pool"), let prefix = pool.prefix("a pool") {
            let allowed = AccessPolicy.standardPool
            if allowed.contains(prefix), prefix.length <= 30 {
                options.pool = prefix
            } else {
                pool.error("the pool of tunnel addresses lies in \(allowed), with room for two at least")
            }
        }
        fields.finish("control-plane")
        return options
    }
}

/// `format: 1`, which stands first in every file.
enum Format {
    static let current = "1"

    static func check(_ fields: inout Fields) {
        guard let cursor = fields.optional("format") else {
            log(fields, "the first line is 'format: \(current)'")
            return
        }
        if let text = cursor.text("the format, \(current)"), text != current {
            cursor.error("format '\(text)' is not known here; this program reads format \(current)")
        } else if fields.keys.first != "format" {
            log(fields, "'format: \(current)' stands first")
        }
    }

    private static func log(_ fields: Fields, _ message: String) {
        fields.log.error(message, at: fields.location)
    }
}
