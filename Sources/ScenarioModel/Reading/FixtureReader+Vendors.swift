import DeviceModel

extension FixtureReader {
    /// The profile of a vendor, as its file under `Fixtures/vendors` has it; read once.
    mutating func vendor(_ name: String, at cursor: Cursor) -> VendorProfile {
        if let known = vendors[name] { return known }
        let profile = findVendor(name, at: cursor)
        vendors[name] = profile
        return profile
    }

    private func findVendor(_ name: String, at cursor: Cursor) -> VendorProfile {
        let file = cursor.location.file
        let paths = ["Fixtures/vendors/\(name).yaml", "vendors/\(name).yaml"]
            .flatMap { Path.candidates(for: $0, namedIn: file) }
        for path in paths {
            do throws(UnreadableFile) {
                guard let text = try files(path) else { continue }
                return profile(SourceText(path: path, text: text)) ?? VendorProfile()
            } catch {
                cursor.error("\(path), line \(error.line): \(error.message)")
                return VendorProfile()
            }
        }
        if name != "generic" {
            cursor.error("unknown vendor '\(name)': there is no Fixtures/vendors/\(name).yaml here or above")
        }
        return VendorProfile()
    }

    private func profile(_ source: SourceText) -> VendorProfile? {
        guard let root = YAMLNode.parse(source, log: log), var fields = Cursor(root, log: log).fields("a vendor")
        else { return nil }
        Format.check(&fields)
        var profile = VendorProfile()
        if let name = fields.required("vendor")?.text("the vendor's name") { profile.name = name }
        if let maker = fields.optional("manufacturer")?.text("the manufacturer, as devices say it") {
            profile.manufacturer = maker
        }
        if let port = fields.optional("port")?.int("a port", in: 1...65_535) { profile.port = UInt16(port) }
        if let units = fields.optional("units")?.items("unit ids")?.compactMap({ $0.int("a unit id", in: 0...255) }),
            !units.isEmpty
        {
            profile.unitIDs = units.map { UInt8($0) }
        }
        readMap(&fields, into: &profile)
        readManners(&fields, into: &profile)
        fields.finish("a vendor")
        return profile
    }

    /// What its registers look like.
    private func readMap(_ fields: inout Fields, into profile: inout VendorProfile) {
        if let base = fields.optional("sunspec-base")?.int("an address of registers", in: 0...50_000) {
            profile.sunSpecBase = base
        }
        if let length = fields.optional("common-length")?.int("a length of the common model", in: 65...66) {
            profile.commonLength = length
        }
        if let ends = fields.optional("end-model")?.bool() { profile.hasEndModel = ends }
        if let models = fields.optional("models")?.items("SunSpec model numbers") {
            profile.models = models.compactMap { $0.int("a SunSpec model", in: 1...65_535) }
        }
    }

    /// How it treats those who ask.
    private func readManners(_ fields: inout Fields, into profile: inout VendorProfile) {
        func seconds(_ key: String) -> Double? { fields.optional(key)?.duration()?.secondsValue }
        if let limit = fields.optional("connections")?.int("a number of connections", in: 1...1000) {
            profile.connectionLimit = limit
        }
        if let over = fields.optional("over-limit")?.choice("what happens", VendorProfile.OverLimit.self) {
            profile.overLimit = over
        }
        if let idle = seconds("idle-close") { profile.idleSeconds = idle }
        if let holdOff = seconds("hold-off") { profile.holdOffSeconds = holdOff }
        if let cursor = fields.optional("latency"), var bounds = cursor.fields("'from' and 'to'") {
            let least = bounds.required("from")?.duration()?.secondsValue
            let most = bounds.required("to")?.duration()?.secondsValue
            bounds.finish("a latency")
            profile.latency = Pause(least ?? 0, most)
        }
        if let night = fields.optional("night")?.choice("what it does at night", VendorProfile.Night.self) {
            profile.night = night
        }
        if let unit = fields.optional("strange-unit")?.choice("an answer", VendorProfile.StrangeUnit.self) {
            profile.strangeUnit = unit
        }
        if let absent = fields.optional("absent-registers")?
            .choice("an answer", VendorProfile.AbsentRegisters.self)
        {
            profile.absentRegisters = absent
        }
    }

    /// The registers of a CSV file, `register,value` a line; values in decimal, with a sign, or as 0x….
    func dump(_ cursor: Cursor) -> [RegisterRun]? {
        guard let path = cursor.text("the path of a CSV file"),
            let source = Loader.find(path, from: cursor, files: files)
        else { return nil }
        log.add(source)
        var registers: [Int: UInt16] = [:]
        for (index, line) in source.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let cells = line.split(separator: "#", omittingEmptySubsequences: false)[0]
                .split(whereSeparator: { ",;\t".contains($0) }).map { $0.trimmed }
            guard let first = cells.first, !first.isEmpty else { continue }
            let place = SourceLocation(file: source.path, line: index + 1, column: 1)
            guard cells.count >= 2, let register = Int(first), let value = Self.register(cells[1]) else {
                // A line above the first register may be a heading.
                if registers.isEmpty { continue }
                log.error("expected 'register,value' such as 40000,0x5375", at: place)
                continue
            }
            guard (0...65_535).contains(register) else {
                log.error("\(register) is no register: they go from 0 to 65535", at: place)
                continue
            }
            if registers.updateValue(value, forKey: register) != nil {
                log.error("register \(register) is there twice", at: place)
            }
        }
        if registers.isEmpty { cursor.error("'\(source.path)' holds no register: one a line, 'register,value'") }
        return Self.runs(registers)
    }

    private static func register(_ text: String) -> UInt16? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt16(text.dropFirst(2), radix: 16) }
        return UInt16(text) ?? Int16(text).map { UInt16(bitPattern: $0) }
    }

    private static func runs(_ registers: [Int: UInt16]) -> [RegisterRun] {
        var runs: [RegisterRun] = []
        for (address, value) in registers.sorted(by: { $0.key < $1.key }) {
            if let last = runs.last, last.base + last.values.count == address {
                runs[runs.count - 1].values.append(value)
            } else {
                runs.append(RegisterRun(base: address, values: [value]))
            }
        }
        return runs
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " || $0 == "\r" }.reversed())
    }
}
