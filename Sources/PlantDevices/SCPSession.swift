/// The old protocol of `scp`, which `scp -O` still speaks: one side names files and sends them, the other nods to each.
struct SCPSession: ServiceProgram {
    /// What we send; a nod comes before each, but a complaint is just said.
    private enum Item {
        case line(String)
        case content([UInt8])
        case complaint(String)
    }

    /// What comes next from the other side.
    private enum Wait {
        case nod
        /// A line that names a file, enters a directory or leaves it.
        case line
        /// The rest of a file; nil: it is read and thrown away.
        case content(path: String?, left: Int)
        /// The byte behind a file; what is to be said of the file.
        case verdict(String?)
    }

    private static let lineLimitBytes = 4096
    private static let portionBytes = 65_536
    private static let depthLimit = 32

    private let files: ServiceFiles
    private let flags: Set<Character>
    /// Where what comes is put: the directory that was entered last is the last one.
    private var folders: [String]
    private var queue: [Item] = []
    private var wait: Wait
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    /// A file on its way out.
    private var content: ArraySlice<UInt8> = []
    private var hasFailed = false
    /// The newest line that we sent enters a directory.
    private var hasEntered = false
    private(set) var exitStatus: Int32?

    /// nil when the words are no call of the far side of `scp`.
    init?(_ words: [String], for user: String, on files: ServiceFiles) {
        guard words.first == "scp" else { return nil }
        let options = words.dropFirst().prefix { $0.hasPrefix("-") && $0 != "--" }
        let paths = words.dropFirst(1 + options.count).drop { $0 == "--" }
        flags = Set(options.joined().filter { $0 != "-" })
        guard flags.contains("t") != flags.contains("f"), !paths.isEmpty, flags.contains("f") || paths.count == 1 else {
            return nil
        }
        self.files = files
        folders = paths.map { ServiceFiles.normal($0, in: "/home/\(user)") }
        guard flags.contains("t") else {
            wait = .nod
            for path in folders { enqueue(path, depth: 0) }
            return
        }
        wait = .line
        if flags.contains("d"), !isDirectory(folders[0]) {
            complain("\(folders[0]): Not a directory")
            exitStatus = 1
        } else {
            nod()
        }
    }

    var commands: Int { 1 }
    var nextDeadline: Double? { nil }
    var isBusy: Bool { false }
    var hasRoom: Bool { exitStatus == nil && output.count < Self.portionBytes }
    var hasOutput: Bool { !output.isEmpty || !content.isEmpty }

    mutating func receive(_ bytes: [UInt8], at now: Double) {
        input += bytes
        var start = 0
        while exitStatus == nil, start < input.count, let taken = take(input[start...]) { start += taken }
        input.removeFirst(min(start, input.count))
    }

    mutating func endInput(at now: Double) {
        var isAtEnd = false
        if case .line = wait, folders.count == 1, input.isEmpty { isAtEnd = true }
        exitStatus = exitStatus ?? (isAtEnd && !hasFailed ? 0 : 1)
    }

    mutating func interrupt(signal: Int32, at now: Double) { exitStatus = 128 + signal }

    mutating func advance(to now: Double) {}

    mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        guard output.isEmpty else { return output }
        let portion = Array(content.prefix(Self.portionBytes))
        content = content.dropFirst(portion.count)
        return portion
    }

    mutating func takeErrors() -> [UInt8] { [] }

    /// Takes what can be understood from the front; nil when more must come.
    private mutating func take(_ bytes: ArraySlice<UInt8>) -> Int? {
        switch wait {
        case .nod:
            guard bytes.first != 0 else {
                sendNext()
                return 1
            }
            guard let line = line(bytes) else { return nil }
            hasFailed = true
            skipWhatIsNotWanted()
            sendNext()
            return line.count + 1
        case .line:
            guard let line = line(bytes) else { return nil }
            obey(String(decoding: line, as: UTF8.self))
            return line.count + 1
        case .content(let path, let left):
            let part = bytes.prefix(left)
            store(Array(part), path, left: left - part.count)
            return part.count
        case .verdict(let complaint):
            guard bytes.first == 0 else {
                guard let line = line(bytes) else { return nil }
                end(complaint ?? "the sender gave up", isTold: true)
                return line.count + 1
            }
            end(complaint, isTold: false)
            return 1
        }
    }

    /// Up to the next line feed; an endless one ends the session.
    private mutating func line(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let limit = bytes.prefix(Self.lineLimitBytes)
        guard let end = limit.firstIndex(of: 0x0A) else {
            if limit.count == Self.lineLimitBytes { exitStatus = 1 }
            return nil
        }
        return bytes[..<end]
    }

    private mutating func nod() { output.append(0) }

    private mutating func complain(_ text: String) {
        hasFailed = true
        output += [1] + Array("scp: \(text)\n".utf8)
    }

    private func isDirectory(_ path: String) -> Bool { files.attributes(of: path)?.isDirectory ?? false }
}

/// Taking files.
extension SCPSession {
    private mutating func obey(_ line: String) {
        switch line.first {
        case "C", "D": enter(line)
        case "E":
            guard folders.count > 1 else {
                exitStatus = 1
                return
            }
            folders.removeLast()
            nod()
        // Times are taken note of by nobody.
        case "T": nod()
        case "\u{1}", "\u{2}": hasFailed = true
        default:
            complain("protocol error")
            exitStatus = 1
        }
    }

    /// `C0644 5 name` or `D0755 0 name`.
    private mutating func enter(_ line: String) {
        let words = line.dropFirst().split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, let mode = UInt32(words[0], radix: 8), let size = Int(words[1]), size >= 0,
            !words[2].isEmpty, !words[2].contains("/"), words[2] != "..", words[2] != "."
        else {
            complain("protocol error")
            exitStatus = 1
            return
        }
        let target = folders[folders.count - 1]
        let path = isDirectory(target) ? ServiceFiles.normal(String(words[2]), in: target) : target
        do throws(ServiceFiles.Failure) {
            if line.first == "D" {
                guard folders.count < Self.depthLimit else { throw .full }
                if !isDirectory(path) { try files.makeDirectory(path) }
                folders.append(path)
                nod()
            } else {
                guard size <= ServiceFiles.limitBytes else { throw .full }
                try files.open(path, creates: true, isNew: false, empties: true)
                try files.setMode(mode, of: path)
                nod()
                wait = size == 0 ? .verdict(nil) : .content(path: path, left: size)
            }
        } catch {
            complain("\(path): \(error.words)")
        }
    }

    private mutating func store(_ bytes: [UInt8], _ path: String?, left: Int) {
        var complaint: String?
        if let path {
            do throws(ServiceFiles.Failure) {
                try files.write(bytes, to: path, at: nil)
            } catch {
                complaint = "\(path): \(error.words)"
            }
        }
        if let complaint {
            hasFailed = true
            queue = [.complaint(complaint)]
        }
        let isLost = path == nil || complaint != nil
        guard left > 0 else {
            wait = .verdict(lostComplaint)
            return
        }
        wait = .content(path: isLost ? nil : path, left: left)
    }

    /// Why the file under way is not kept.
    private var lostComplaint: String? {
        if case .complaint(let text)? = queue.first { return text }
        return nil
    }

    private mutating func end(_ complaint: String?, isTold: Bool) {
        queue = []
        wait = .line
        if let complaint {
            hasFailed = true
            if !isTold { return complain(complaint) }
        }
        nod()
    }
}

/// Giving files.
extension SCPSession {
    private mutating func enqueue(_ path: String, depth: Int) {
        guard let attributes = files.attributes(of: path) else {
            return queue.append(.complaint("\(path): No such file or directory"))
        }
        let name = path.split(separator: "/").last.map(String.init) ?? "/"
        let mode = String(attributes.mode | 0o10000, radix: 8).suffix(4)
        guard attributes.isDirectory else {
            guard let bytes = try? files.read(path) else { return }
            return queue += [.line("C\(mode) \(bytes.count) \(name)\n"), .content(bytes)]
        }
        guard flags.contains("r"), depth < Self.depthLimit else {
            return queue.append(.complaint("\(path): not a regular file"))
        }
        queue.append(.line("D\(mode) 0 \(name)\n"))
        for inner in (try? files.names(in: path)) ?? [] {
            enqueue(ServiceFiles.normal(inner, in: path), depth: depth + 1)
        }
        queue.append(.line("E\n"))
    }

    private mutating func sendNext() {
        hasEntered = false
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .complaint(let text): complain(text)
            case .line(let line):
                hasEntered = line.hasPrefix("D")
                return output += line.utf8
            case .content(let bytes): return content = (bytes + [0])[...]
            }
        }
        exitStatus = hasFailed ? 1 : 0
    }

    /// The other side did not like the newest line: neither the file's content nor what lies in the directory goes there.
    private mutating func skipWhatIsNotWanted() {
        if case .content? = queue.first { queue.removeFirst() }
        var depth = hasEntered ? 1 : 0
        while depth > 0, !queue.isEmpty {
            guard case .line(let line) = queue.removeFirst() else { continue }
            depth += line.hasPrefix("D") ? 1 : line.hasPrefix("E") ? -1 : 0
        }
    }
}

extension ServiceFiles.Failure {
    /// As the shell says it.
    var words: String {
        switch self {
        case .missing: "No such file or directory"
        case .exists: "File exists"
        case .isDirectory: "Is a directory"
        case .isNoDirectory: "Not a directory"
        case .notEmpty: "Directory not empty"
        case .full: "No space left on device"
        case .denied: "Permission denied"
        }
    }
}
