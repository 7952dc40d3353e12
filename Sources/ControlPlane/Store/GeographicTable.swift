import AccessModel
import Addressing

/// Where an address is on the map, offline: the documentation ranges have made-up places.
enum GeographicTable {
    static func place(of address: IPv4Address) -> String {
        if SubnetRule.privateRanges.contains(where: { $0.contains(address) }) { return "Private network" }
        return places.first { $0.0.contains(address) }?.1 ?? "Unknown"
    }

    private static let places: [(Prefix, String)] = [
        (Prefix(around: IPv4Address(203, 0, 113, 0), length: 24), "Munich, Germany"),
        (Prefix(around: IPv4Address(198, 51, 100, 0), length: 24), "Hamburg, Germany"),
        (Prefix(around: IPv4Address(192, 0, 2, 0), length: 24), "Vienna, Austria"),
        (Prefix(around: IPv4Address(198, 18, 0, 0), length: 16), "Seville, Spain"),
        (Prefix(around: IPv4Address(198, 19, 0, 0), length: 16), "Lecce, Italy"),
    ]
}
