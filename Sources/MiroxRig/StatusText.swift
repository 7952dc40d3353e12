import Addressing
import DeviceModel
import Foundation
import LabProtocol

/// A lab's status as people and programs read it.
enum StatusText {
    enum Form: String { case text, json, metrics }

    static func text(_ status: LabStatus, _ form: Form) throws -> String {
        switch form {
        case .text: text(status)
        case .json: try json(status)
        case .metrics: MetricsText.text(status)
        }
    }

    private static func json(_ status: LabStatus) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(status), as: UTF8.self)
    }

    private static func text(_ status: LabStatus) -> String {
        var lines = ["\(status.name): \(status.fixture)", "control plane \(status.controlPlane)"]
        if let web = status.web { lines.append("on this machine at \(web)") }
        if let exposed = status.exposed { lines.append("gateway exposed at \(exposed)") }
        lines += ["", "plants"]
        for plant in status.plants {
            let subnets = plant.subnets.map(\.description).joined(separator: ", ")
            lines.append("  \(plant.plant)  agent \(plant.agent)  \(subnets)")
            for device in plant.devices {
                let counters = device.counters
                let watts = device.acWatts.map { "  \(Int($0.rounded())) W" } ?? ""
                lines.append(
                    "      \(device.address):\(device.port)  \(device.name)  \(device.kind)  "
                        + "\(counters.connections) connections (\(counters.open) open), \(counters.requests) requests, "
                        + "\(counters.writes) writes, \(counters.refusals) refusals\(watts)")
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
