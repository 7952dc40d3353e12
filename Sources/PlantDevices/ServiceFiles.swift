import Synchronization

/// The files of one service PC: they live as long as the device does, whoever logs in and out.
final class ServiceFiles: Sendable {
    enum Failure: Error, Hashable {
        case missing, exists, isDirectory, isNoDirectory, notEmpty, full, denied
    }

    struct Attributes: Hashable, Sendable {
        var isDirectory: Bool
        var size: Int
        /// The nine permission bits.
        var mode: UInt32
        var modified: UnixTime
    }

    private struct Node {
        /// nil: a directory.
        var content: [UInt8]?
        var mode: UInt32
        var modified: UnixTime
    }

    /// What all files of a device may take together.
    static let limitBytes = 32 << 20
    private static let limitNodes = 4096

    private struct State {
        /// By absolute path; `/` is always there.
        var nodes: [String: Node]
        var bytes = 0
    }

    private let state: Mutex<State>
    private let clock: PlantClock
    /// Texts that are made anew each time they are read.
    private let living: [String: @Sendable () -> String]

    init(users: [String], clock: PlantClock, living: [String: @Sendable () -> String]) {
        self.clock = clock
        self.living = living
        let now = clock.now
        let folders = ["/", "/etc", "/home", "/tmp", "/var", "/var/log"] + users.map { "/home/\($0)" }
        let nodes = folders.map { ($0, Node(content: nil, mode: 0o755, modified: now)) }
        state = Mutex(State(nodes: Dictionary(nodes, uniquingKeysWith: { first, _ in first })))
    }

    /// A path without `.`, `..` and doubled slashes.
    static func normal(_ path: String, in folder: String) -> String {
        var parts: [Substring] = []
        let whole = path.hasPrefix("/") ? path : folder + "/" + path
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    func attributes(of path: String) -> Attributes? {
        if let text = living[path] {
            return Attributes(isDirectory: false, size: text().utf8.count, mode: 0o444, modified: clock.now)
        }
        return state.withLock { state in
            state.nodes[path].map {
                Attributes(
                    isDirectory: $0.content == nil, size: $0.content?.count ?? 0, mode: $0.mode, modified: $0.modified)
            }
        }
    }

    /// The names in a directory, in order.
    func names(in path: String) throws(Failure) -> [String] {
        let all: [String]? = state.withLock { state in
            guard let node = state.nodes[path], node.content == nil else { return nil }
            return Array(state.nodes.keys)
        }
        guard let all else { throw attributes(of: path) == nil ? .missing : .isNoDirectory }
        let prefix = path == "/" ? "/" : path + "/"
        return (all + living.keys).compactMap { other in
            guard other.hasPrefix(prefix), other.count > prefix.count else { return nil }
            let name = other.dropFirst(prefix.count)
            return name.contains("/") ? nil : String(name)
        }.sorted()
    }

    /// At most so many bytes from an offset on; none behind the end.
    func read(_ path: String, at offset: Int = 0, count: Int = Int.max) throws(Failure) -> [UInt8] {
        func slice(_ bytes: [UInt8]) -> [UInt8] {
            offset >= bytes.count ? [] : Array(bytes[offset..<min(bytes.count, offset + min(count, bytes.count))])
        }
        if let text = living[path] { return slice(Array(text().utf8)) }
        let found: [UInt8]?? = state.withLock { $0.nodes[path]?.content.map(slice) as [UInt8]?? }
        if let bytes = found ?? nil { return bytes }
        throw attributes(of: path) == nil ? .missing : .isDirectory
    }

    /// Makes a file that is not there, or empties one that is, as asked.
    func open(_ path: String, creates: Bool, isNew: Bool, empties: Bool) throws(Failure) {
        guard living[path] == nil else { throw .denied }
        let now = clock.now
        try change { state throws(Failure) in
            if let node = state.nodes[path] {
                guard let content = node.content else { throw .isDirectory }
                if isNew { throw .exists }
                if empties {
                    state.bytes -= content.count
                    state.nodes[path]?.content = []
                    state.nodes[path]?.modified = now
                }
                return
            }
            guard creates else { throw .missing }
            try Self.make(Node(content: [], mode: 0o644, modified: now), at: path, in: &state)
        }
    }

    /// Writes bytes, from an offset on or behind the end; what lies between is filled with zeros.
    func write(_ bytes: [UInt8], to path: String, at offset: Int?) throws(Failure) {
        let now = clock.now
        try change { state throws(Failure) in
            guard let node = state.nodes[path] else { throw .missing }
            guard let content = node.content else { throw .isDirectory }
            let start = offset ?? content.count
            guard start >= 0, start <= Self.limitBytes else { throw .full }
            let growth = max(0, start + bytes.count - content.count)
            guard state.bytes + growth <= Self.limitBytes else { throw .full }
            state.bytes += growth
            state.nodes[path]?.content?.append(contentsOf: repeatElement(0, count: growth))
            state.nodes[path]?.content?.replaceSubrange(start..<start + bytes.count, with: bytes)
            state.nodes[path]?.modified = now
        }
    }

    func truncate(_ path: String, to size: Int) throws(Failure) {
        try change { state throws(Failure) in
            guard let content = state.nodes[path]?.content else { throw .missing }
            // In this order: the greatest numbers that a client can say are beyond any sum.
            guard size >= 0, size <= Self.limitBytes, state.bytes + size - content.count <= Self.limitBytes else {
                throw .full
            }
            state.bytes += size - content.count
            let kept = content.prefix(size)
            state.nodes[path]?.content = kept + [UInt8](repeating: 0, count: size - kept.count)
        }
    }

    func setMode(_ mode: UInt32, of path: String) throws(Failure) {
        try change { state throws(Failure) in
            guard state.nodes[path] != nil else { throw .missing }
            state.nodes[path]?.mode = mode & 0o777
        }
    }

    func makeDirectory(_ path: String) throws(Failure) {
        let now = clock.now
        try change { state throws(Failure) in
            guard state.nodes[path] == nil else { throw .exists }
            try Self.make(Node(content: nil, mode: 0o755, modified: now), at: path, in: &state)
        }
    }

    func remove(_ path: String, isDirectory: Bool) throws(Failure) {
        guard living[path] == nil, path != "/" || !isDirectory else { throw .denied }
        try change { state throws(Failure) in
            guard let node = state.nodes[path] else { throw .missing }
            guard (node.content == nil) == isDirectory else { throw isDirectory ? .isNoDirectory : .isDirectory }
            guard !state.nodes.keys.contains(where: { $0.hasPrefix(path + "/") }) else { throw .notEmpty }
            state.bytes -= node.content?.count ?? 0
            state.nodes[path] = nil
        }
    }

    func rename(_ path: String, to other: String) throws(Failure) {
        guard living[path] == nil, living[other] == nil, path != "/" else { throw .denied }
        try change { state throws(Failure) in
            guard let node = state.nodes[path] else { throw .missing }
            guard state.nodes[other] == nil else { throw .exists }
            guard !other.hasPrefix(path + "/") else { throw .denied }
            try Self.checkParent(of: other, in: state)
            for (name, inner) in state.nodes where name.hasPrefix(path + "/") {
                state.nodes[name] = nil
                state.nodes[other + name.dropFirst(path.count)] = inner
            }
            state.nodes[path] = nil
            state.nodes[other] = node
        }
    }

    private func change(_ body: (inout State) throws(Failure) -> Void) throws(Failure) {
        let failure: Failure? = state.withLock { state in
            do throws(Failure) {
                try body(&state)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private static func make(_ node: Node, at path: String, in state: inout State) throws(Failure) {
        guard state.nodes.count < limitNodes, path.utf8.count <= 1024 else { throw .full }
        try checkParent(of: path, in: state)
        state.nodes[path] = node
    }

    private static func checkParent(of path: String, in state: State) throws(Failure) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        guard let node = state.nodes[parent.isEmpty ? "/" : parent] else { throw .missing }
        guard node.content == nil else { throw .isNoDirectory }
    }
}
