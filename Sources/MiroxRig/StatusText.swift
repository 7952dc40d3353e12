import Addressing
import Foundation
import LabProtocol

/// A lab's status as people and programs read it.
enum StatusText {
    static func json(_ status: LabStatus) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(status), as: UTF8.self)
    }

    static func text(_ status: LabStatus) -> String {
        var lines = ["\(status.name): \(status.fixture)", "control plane \(status.controlPlane)"]
        if let web = status.web { lines.append("on this machine at \(web)") }
        if let exposed = status.exposed { lines.append("gateway exposed at \(exposed)") }
        lines += ["", "plants"]
        for plant in status.plants {
            let subnets = plant.subnets.map(\.description).joined(separator: ", ")
            lines.append("  \(plant.plant)  agent \(plant.agent)  \(subnets)")
            for device in plant.devices {
                lines.append(
                    "      \(device.address)  \(device.name)  \(device.kind)  "
                        + "\(device.connections) connections, \(device.requests) requests")
            }
        }
        lines += ["", "laptops"]
        for laptop in status.laptops {
            lines.append("  \(laptop.name)  tunnel \(laptop.tunnel)")
            for route in laptop.routes { lines.append("      \(route.subnet)  \(route.plant)  \(route.status)") }
        }
        let counted = status.counters.filter { $0.name.hasPrefix("verdict.") && $0.value > 0 }
        if !counted.isEmpty {
            lines += ["", "gateway's decisions"]
            lines += counted.map { "  \($0.name.dropFirst("verdict.".count))  \($0.value)" }
        }
        return lines.joined(separator: "\n")
    }
}
