import AccessModel
import DeviceModel
import LabProtocol

/// A lab's counters in the text format that Prometheus reads.
enum MetricsText {
    private static let counters: [(name: String, help: String, value: @Sendable (DeviceCounters) -> Int)] = [
        ("connections_total", "Connections accepted and served.", { $0.connections }),
        ("requests_total", "Modbus, HTTP and SNMP requests, SSH commands.", { $0.requests }),
        ("writes_total", "Modbus writes that took effect.", { $0.writes }),
        ("refusals_total", "Connections, requests and logins that were turned away.", { $0.refusals }),
    ]

    static func text(_ status: LabStatus) -> String {
        let devices = status.plants.flatMap { plant in plant.devices.map { (plant: plant.plant.text, device: $0) } }
        func labels(_ plant: String, _ device: LabStatus.Device) -> String {
            "{plant=\"\(plant)\",device=\"\(device.name)\",kind=\"\(device.kind)\"}"
        }
        var lines: [String] = []
        for counter in counters {
            lines.append("# HELP mirox_device_\(counter.name) \(counter.help)")
            lines.append("# TYPE mirox_device_\(counter.name) counter")
            lines += devices.map { plant, device in
                "mirox_device_\(counter.name)\(labels(plant, device)) \(counter.value(device.counters))"
            }
        }
        lines += ["# HELP mirox_device_open Connections that are open.", "# TYPE mirox_device_open gauge"]
        lines += devices.map { "mirox_device_open\(labels($0, $1)) \($1.counters.open)" }
        lines += ["# HELP mirox_device_watts What an inverter feeds in.", "# TYPE mirox_device_watts gauge"]
        lines += devices.compactMap { plant, device in
            device.acWatts.map { "mirox_device_watts\(labels(plant, device)) \(Int($0.rounded()))" }
        }
        lines += ["# HELP mirox_gateway_total What the gateway counts.", "# TYPE mirox_gateway_total counter"]
        lines += status.counters.map { "mirox_gateway_total{name=\"\($0.name)\"} \($0.value)" }
        return lines.joined(separator: "\n")
    }
}
