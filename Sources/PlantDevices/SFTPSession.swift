/// SFTP, version 3, over the files of a service PC: what `sftp` and today's `scp` speak.
struct SFTPSession: ServiceProgram {
    private enum Kind {
        static let initialize: UInt8 = 1
        static let version: UInt8 = 2
        static let open: UInt8 = 3
        static let close: UInt8 = 4
        static let read: UInt8 = 5
        static let write: UInt8 = 6
        static let linkStatus: UInt8 = 7
        static let handleStatus: UInt8 = 8
        static let setStatus: UInt8 = 9
        static let setHandleStatus: UInt8 = 10
        static let openDirectory: UInt8 = 11
        static let readDirectory: UInt8 = 12
        static let remove: UInt8 = 13
        static let makeDirectory: UInt8 = 14
        static let removeDirectory: UInt8 = 15
        static let realPath: UInt8 = 16
        static let status: UInt8 = 17
        static let rename: UInt8 = 18
        static let answerStatus: UInt8 = 101
        static let answerHandle: UInt8 = 102
        static let answerData: UInt8 = 103
        static let answerName: UInt8 = 104
        static let answerAttributes: UInt8 = 105
    }

    private enum Status {
        static let okay: UInt32 = 0
        static let end: UInt32 = 1
        static let noSuchFile: UInt32 = 2
        static let denied: UInt32 = 3
        static let failure: UInt32 = 4
        static let badMessage: UInt32 = 5
        static let unsupported: UInt32 = 8
    }

    /// An open file, or a directory and what of it is still to be told.
    private struct Handle {
        var path: String
        var names: [String]?
        var appends = false
        var mayWrite = false
    }

    private static let packetLimitBytes = 262_144
    private static let readLimitBytes = 65_536
    private static let outputLimitBytes = 262_144
    private static let handleLimit = 64
    private static let namesPerAnswer = 100

    private let files: ServiceFiles
    private let home: String
    private(set) var commands = 0
    private(set) var exitStatus: Int32?
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var handles: [UInt32: Handle] = [:]
    private var nextHandle: UInt32 = 1

    init(for user: String, on files: ServiceFiles) {
        self.files = files
        home = "/home/\(user)"
    }

    var nextDeadline: Double? { nil }
    var isBusy: Bool { false }
    var hasRoom: Bool { exitStatus == nil && output.count < Self.outputLimitBytes }
    var hasOutput: Bool { !output.isEmpty }

    mutating func receive(_ bytes: [UInt8], at now: Double) {
        input += bytes
        consume()
    }

    mutating func endInput(at now: Double) { exitStatus = exitStatus ?? 0 }

    mutating func interrupt(signal: Int32, at now: Double) { exitStatus = 128 + signal }

    mutating func advance(to now: Double) {
        if !input.isEmpty { consume() }
    }

    mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    mutating func takeErrors() -> [UInt8] { [] }

    private mutating func consume() {
        var start = input.startIndex
        while exitStatus == nil, output.count < Self.outputLimitBytes, input.count - start >= 4 {
            let count = input[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            guard (1...Self.packetLimitBytes).contains(count) else {
                // There is no way to find the next packet.
                exitStatus = 1
                break
            }
            guard input.count - start >= 4 + count else { break }
            answer(input[start + 4..<start + 4 + count])
            start += 4 + count
        }
        input.removeFirst(start)
    }

    private mutating func answer(_ packet: ArraySlice<UInt8>) {
        var reader = SFTPReader(packet)
        guard let kind = reader.byte() else { return }
        if kind == Kind.initialize {
            var version = SFTPWriter(Kind.version, id: nil)
            version.write(UInt32(3))
            return output += version.packet
        }
        guard let id = reader.word() else {
            exitStatus = 1
            return
        }
        commands += 1
        do throws(ServiceFiles.Failure) {
            guard try act(kind, id, &reader) else { return tell(id, Status.badMessage) }
        } catch {
            tell(id, error)
        }
    }

    /// False when the message is broken.
    private mutating func act(
        _ kind: UInt8, _ id: UInt32, _ reader: inout SFTPReader
    ) throws(ServiceFiles.Failure) -> Bool {
        switch kind {
        case Kind.open, Kind.openDirectory: return try open(kind, id, &reader)
        case Kind.close:
            guard let handle = Self.number(reader.bytes()) else { return false }
            tell(id, handles.removeValue(forKey: handle) == nil ? Status.failure : Status.okay)
        case Kind.read: return try read(id, &reader)
        case Kind.write: return try write(id, &reader)
        case Kind.readDirectory: return readDirectory(id, &reader)
        case Kind.linkStatus, Kind.status, Kind.handleStatus:
            let path = kind == Kind.handleStatus ? handle(&reader)?.path : self.path(&reader)
            guard let path else { return false }
            guard let attributes = files.attributes(of: path) else { throw .missing }
            var answer = SFTPWriter(Kind.answerAttributes, id: id)
            answer.write(attributes)
            output += answer.packet
        case Kind.setStatus, Kind.setHandleStatus:
            let path = kind == Kind.setHandleStatus ? handle(&reader)?.path : self.path(&reader)
            guard let path, let wanted = reader.attributes() else { return false }
            if let size = wanted.size { try files.truncate(path, to: size) }
            if let mode = wanted.mode { try files.setMode(mode, of: path) }
            tell(id, Status.okay)
        case Kind.remove, Kind.removeDirectory:
            guard let path = path(&reader) else { return false }
            try files.remove(path, isDirectory: kind == Kind.removeDirectory)
            tell(id, Status.okay)
        case Kind.makeDirectory:
            guard let path = path(&reader) else { return false }
            try files.makeDirectory(path)
            tell(id, Status.okay)
        case Kind.rename:
            guard let path = path(&reader), let other = self.path(&reader) else { return false }
            try files.rename(path, to: other)
            tell(id, Status.okay)
        case Kind.realPath:
            guard let path = path(&reader) else { return false }
            name([path], in: nil, id)
        default: tell(id, Status.unsupported)
        }
        return true
    }

    private mutating func open(
        _ kind: UInt8, _ id: UInt32, _ reader: inout SFTPReader
    ) throws(ServiceFiles.Failure) -> Bool {
        guard let path = path(&reader) else { return false }
        guard handles.count < Self.handleLimit else { throw .full }
        var handle = Handle(path: path)
        if kind == Kind.openDirectory {
            handle.names = try files.names(in: path)
        } else {
            guard let flags = reader.word() else { return false }
            handle.mayWrite = flags & 2 != 0
            handle.appends = flags & 4 != 0
            if handle.mayWrite {
                try files.open(path, creates: flags & 8 != 0, isNew: flags & 32 != 0, empties: flags & 16 != 0)
            } else {
                _ = try files.read(path, count: 0)
            }
        }
        let number = nextHandle
        nextHandle &+= 1
        handles[number] = handle
        var answer = SFTPWriter(Kind.answerHandle, id: id)
        answer.write((0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } as [UInt8])
        output += answer.packet
        return true
    }

    private mutating func read(_ id: UInt32, _ reader: inout SFTPReader) throws(ServiceFiles.Failure) -> Bool {
        guard let handle = handle(&reader), handle.names == nil, let offset = reader.long(), let count = reader.word()
        else { return false }
        let bytes = try files.read(
            handle.path, at: Int(clamping: offset), count: min(Int(count), Self.readLimitBytes))
        guard !bytes.isEmpty || count == 0 else {
            tell(id, Status.end)
            return true
        }
        var answer = SFTPWriter(Kind.answerData, id: id)
        answer.write(bytes)
        output += answer.packet
        return true
    }

    private mutating func write(_ id: UInt32, _ reader: inout SFTPReader) throws(ServiceFiles.Failure) -> Bool {
        guard let handle = handle(&reader), let offset = reader.long(), let bytes = reader.bytes() else { return false }
        guard handle.mayWrite else { throw .denied }
        try files.write(bytes, to: handle.path, at: handle.appends ? nil : Int(clamping: offset))
        tell(id, Status.okay)
        return true
    }

    private mutating func readDirectory(_ id: UInt32, _ reader: inout SFTPReader) -> Bool {
        guard let number = Self.number(reader.bytes()), let handle = handles[number], let names = handle.names else {
            return false
        }
        guard !names.isEmpty else {
            tell(id, Status.end)
            return true
        }
        handles[number]?.names = Array(names.dropFirst(Self.namesPerAnswer))
        name(Array(names.prefix(Self.namesPerAnswer)), in: handle.path, id)
        return true
    }

    /// Names with what `ls -l` would say of them.
    private mutating func name(_ names: [String], in folder: String?, _ id: UInt32) {
        var answer = SFTPWriter(Kind.answerName, id: id)
        answer.write(UInt32(names.count))
        for name in names {
            let path = folder.map { ServiceFiles.normal(name, in: $0) } ?? name
            let attributes =
                files.attributes(of: path)
                ?? .init(isDirectory: false, size: 0, mode: 0o644, modified: UnixTime(seconds: 0))
            answer.write(name)
            answer.write(ServiceFiles.line(name, attributes))
            answer.write(attributes)
        }
        output += answer.packet
    }

    private func path(_ reader: inout SFTPReader) -> String? {
        reader.text().map { ServiceFiles.normal($0, in: home) }
    }

    private func handle(_ reader: inout SFTPReader) -> Handle? {
        Self.number(reader.bytes()).flatMap { handles[$0] }
    }

    private static func number(_ bytes: [UInt8]?) -> UInt32? {
        guard let bytes, bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private mutating func tell(_ id: UInt32, _ failure: ServiceFiles.Failure) {
        switch failure {
        case .missing: tell(id, Status.noSuchFile, "No such file")
        case .denied: tell(id, Status.denied, "Permission denied")
        case .full: tell(id, Status.failure, "No space left on device")
        case .exists: tell(id, Status.failure, "File exists")
        case .notEmpty: tell(id, Status.failure, "Directory not empty")
        case .isDirectory: tell(id, Status.failure, "Is a directory")
        case .isNoDirectory: tell(id, Status.failure, "Not a directory")
        }
    }

    private mutating func tell(_ id: UInt32, _ status: UInt32, _ text: String = "") {
        var answer = SFTPWriter(Kind.answerStatus, id: id)
        answer.write(status)
        answer.write(text)
        answer.write("en")
        output += answer.packet
    }
}

extension ServiceFiles {
    /// As `ls -l` has it.
    static func line(_ name: String, _ attributes: Attributes) -> String {
        let letters = "rwxrwxrwx".enumerated().map { index, letter in
            attributes.mode & (0o400 >> UInt32(index)) != 0 ? String(letter) : "-"
        }
        let size = String(attributes.size)
        let pad = String(repeating: " ", count: max(0, 9 - size.count))
        let date = attributes.modified.iso8601(utcOffsetMinutes: 0).prefix(16).replacing("T", with: " ")
        return
            "\(attributes.isDirectory ? "d" : "-")\(letters.joined()) 1 service service \(pad)\(size) \(date) \(name)"
    }
}
