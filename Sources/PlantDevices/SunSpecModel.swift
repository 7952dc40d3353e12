/// One point of a SunSpec model: a name, where it lies and how it is written.
struct SunSpecPoint: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case int16, uint16, enum16, bitfield16, scale, count, pad
        case acc32, uint32, int32, float32, bitfield32, acc64
        case string(registers: Int)
    }

    let name: String
    /// In registers from the model's ID.
    let offset: Int
    let kind: Kind

    var registers: Int {
        switch kind {
        case .int16, .uint16, .enum16, .bitfield16, .scale, .count, .pad: 1
        case .acc32, .uint32, .int32, .float32, .bitfield32: 2
        case .acc64: 4
        case .string(let registers): registers
        }
    }

    /// What a client takes for "this device does not have it", one register.
    var unimplemented: [UInt16] {
        switch kind {
        case .int16, .scale: [0x8000]
        case .uint16, .enum16, .bitfield16, .count: [0xFFFF]
        case .uint32, .bitfield32: [0xFFFF, 0xFFFF]
        case .int32: [0x8000, 0]
        case .float32: [0x7FC0, 0]
        case .acc32, .acc64, .pad, .string: [UInt16](repeating: 0, count: registers)
        }
    }
}

/// A SunSpec model: an ID and its points, the first two of which are always ID and L.
struct SunSpecModel: Hashable, Sendable {
    let id: Int
    let points: [SunSpecPoint]

    /// Registers after ID and L.
    var length: Int { points.reduce(0) { max($0, $1.offset + $1.registers) } - 2 }

    /// Reads a table: `offset name type` with `|` between points; ID and L are added.
    init(_ id: Int, _ table: String) {
        self.id = id
        points = Self.read("0 ID uint16 | 1 L uint16 | " + table)
    }

    private init(id: Int, points: [SunSpecPoint]) {
        self.id = id
        self.points = points
    }

    /// The model with another group of points behind it, moved so far and named after the group.
    func adding(_ group: String, named name: String, at offset: Int) -> SunSpecModel {
        let moved = Self.read(group).map {
            SunSpecPoint(name: name + "." + $0.name, offset: $0.offset + offset, kind: $0.kind)
        }
        return SunSpecModel(id: id, points: points + moved)
    }

    /// The same points under another number.
    func numbered(_ id: Int) -> SunSpecModel { SunSpecModel(id: id, points: points) }

    /// The model without its last point.
    func droppingLast() -> SunSpecModel {
        SunSpecModel(id: id, points: points.dropLast())
    }

    private static func read(_ table: String) -> [SunSpecPoint] {
        table.split(whereSeparator: { $0 == "|" || $0 == "\n" }).compactMap { entry in
            let words = entry.split(separator: " ")
            if words.isEmpty { return nil }
            guard words.count == 3, let offset = Int(words[0]), let kind = kind(words[2]) else {
                preconditionFailure("a model table of ours has the entry '\(entry)'")
            }
            return SunSpecPoint(name: String(words[1]), offset: offset, kind: kind)
        }
    }

    private static func kind(_ text: Substring) -> SunSpecPoint.Kind? {
        switch text {
        case "int16": .int16
        case "uint16": .uint16
        case "enum16": .enum16
        case "bitfield16": .bitfield16
        case "sunssf": .scale
        case "count": .count
        case "pad": .pad
        case "acc32": .acc32
        case "uint32": .uint32
        case "int32": .int32
        case "float32": .float32
        case "bitfield32": .bitfield32
        case "acc64": .acc64
        default:
            if text.hasPrefix("string["), let registers = Int(text.dropFirst(7).dropLast()) {
                .string(registers: registers)
            } else {
                nil
            }
        }
    }
}
