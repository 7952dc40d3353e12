/// Where every point of a chain of models lies, counted in registers from the `SunS` mark.
///
/// Points are named `model.point`, `103.W`; those of a repeated group `160.2.DCW`.
final class SunSpecLayout: Sendable {
    struct Place: Hashable, Sendable {
        let register: Int
        let point: SunSpecPoint
    }

    /// Every register as a device has it that implements nothing: mark, IDs, lengths and the end.
    let blank: [UInt16]
    private let places: [String: Place]
    private let names: [Int: String]

    /// The chain of those models; the common model loses its pad when it is to have 65 registers.
    init(models: [SunSpecModel], commonLength: Int, hasEndModel: Bool = true) {
        var blank: [UInt16] = [0x5375, 0x6E53]
        var places: [String: Place] = [:]
        var names: [Int: String] = [:]
        for model in models {
            let model = model.id == 1 && commonLength == 65 ? model.droppingLast() : model
            let start = blank.count
            for point in model.points {
                let name = "\(model.id).\(point.name)"
                places[name] = Place(register: blank.count, point: point)
                names[blank.count] = name
                blank += point.unimplemented
            }
            blank[start] = UInt16(model.id)
            blank[start + 1] = UInt16(model.length)
        }
        self.blank = hasEndModel ? blank + [0xFFFF, 0] : blank
        self.places = places
        self.names = names
    }

    func place(of name: String) -> Place? { places[name] }

    /// The point that begins in that register.
    func name(at register: Int) -> String? { names[register] }
}

/// The registers of one device, written by the names of their points; names that the chain lacks are skipped.
struct SunSpecImage {
    let layout: SunSpecLayout
    var registers: [UInt16]

    init(_ layout: SunSpecLayout) {
        self.layout = layout
        registers = layout.blank
    }

    /// Sets a point to a number as it stands in the register.
    mutating func set(_ name: String, raw: Int) {
        guard let place = layout.place(of: name) else { return }
        let bits = UInt64(bitPattern: Int64(raw))
        let count = place.point.registers
        for index in 0..<count {
            registers[place.register + index] = UInt16(truncatingIfNeeded: bits >> UInt64(16 * (count - 1 - index)))
        }
    }

    /// Sets a point to a quantity under a scale factor, bounded by what the type can say.
    mutating func set(_ name: String, _ value: Double, scale: Int) {
        guard let place = layout.place(of: name) else { return }
        let scaled = (value / powerOfTen(scale)).rounded()
        switch place.point.kind {
        case .float32: set(name, raw: Int(Float(value).bitPattern))
        case .int32: set(name, raw: Int(min(max(scaled, -2_147_483_647), 2_147_483_647)))
        case .int16: set(name, raw: Int(min(max(scaled, -32_767), 32_767)))
        case .uint16: set(name, raw: Int(min(max(scaled, 0), 65_534)))
        case .acc32: set(name, raw: Int(max(scaled, 0).truncatingRemainder(dividingBy: 4_294_967_296)))
        default: set(name, raw: Int(min(max(scaled, 0), 9e15)))
        }
    }

    /// Sets several points of one model to quantities under its scale factor point, which is set too.
    mutating func set(_ model: Int, _ values: [(String, Double)], _ scaleName: String, scale: Int) {
        set("\(model).\(scaleName)", raw: scale)
        for (name, value) in values { set("\(model).\(name)", value, scale: scale) }
    }

    mutating func set(_ name: String, text: String) {
        guard let place = layout.place(of: name) else { return }
        let words = registerText(text, count: place.point.registers)
        registers.replaceSubrange(place.register..<place.register + words.count, with: words)
    }
}

/// ASCII text in registers, two characters each, padded with zeros and cut where it does not fit.
func registerText(_ text: String, count: Int) -> [UInt16] {
    var bytes = Array(text.utf8.prefix(2 * count))
    bytes += [UInt8](repeating: 0, count: 2 * count - bytes.count)
    return (0..<count).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
}

func powerOfTen(_ exponent: Int) -> Double {
    var power = 1.0
    for _ in 0..<abs(exponent) { power *= 10 }
    return exponent < 0 ? 1 / power : power
}
