/// A list of values of which many are equal: in encoded form each of them stands once, with the places that it takes.
///
/// A thousand plants of ten inverters are ten thousand devices of a few kinds; written out, they cost more than building them.
package struct Repeats<Value: Hashable & Sendable & Codable>: Sendable, Codable {
    private let values: [Value]
    private let places: [Int]

    package init(_ list: some Sequence<Value>) {
        var values: [Value] = []
        var known: [Value: Int] = [:]
        places = list.map { value in
            if let place = known[value] { return place }
            known[value] = values.count
            values.append(value)
            return values.count - 1
        }
        self.values = values
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        values = try container.decode([Value].self, forKey: .values)
        places = try container.decode([Int].self, forKey: .places)
        guard places.allSatisfy({ values.indices.contains($0) }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .places, in: container, debugDescription: "a place leads to none of \(values.count) values")
        }
    }

    /// The values, in their order.
    package var list: [Value] { places.map { values[$0] } }
}
