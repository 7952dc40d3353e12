import AccessModel
import Addressing
import LabProtocol
import ScenarioModel

/// What `up` prints when a lab is ready: what to open and what to type.
enum Welcome {
    static func text(for fixture: Fixture, name: String, web: Endpoint, exposed: Endpoint?) -> String {
        var lines = ["", "\(fixture.title) - ready", ""]
        for plant in fixture.plants {
            for subnet in plant.subnets {
                lines.append("  \(plant.id)  \(subnet.prefix)")
                for device in subnet.devices {
                    lines.append("      \(device.address)  \(device.name)  (\(device.type.rawValue))")
                }
            }
        }
        lines += ["", "From another terminal:"]
        let lab = "--lab \(name)"
        if let laptop = fixture.laptops.first?.id {
            lines += fixture.plants.flatMap(\.devices).reduce(into: [:]) { $0[$1.type] = $0[$1.type] ?? $1.address }
                .sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "  mirox-rig exec \(lab) \(laptop) -- \(command(for: $0.key, at: $0.value))" }
            lines.append("  mirox-rig shell \(lab) \(laptop)")
            lines.append(
                "  mirox-rig conf \(lab) \(laptop)"
                    + (exposed.map { "     # for a stock client; gateway at \($0)" } ?? ""))
        }
        lines.append("  mirox-rig status \(lab)")
        lines.append("")
        lines.append("Control plane: http://\(web)/   (tokens: mirox-rig token \(lab) PERSON)")
        lines.append("VPN tab: http://\(web)/profile/vpn")
        lines.append("Lab page: http://\(web)/lab")
        lines.append("Ctrl-C ends the lab.")
        return lines.joined(separator: "\n")
    }

    /// How a gateway from elsewhere takes the place that was left for it.
    static func gatewayPlace(in lab: String) -> String {
        """

        The lab comes up when a gateway takes its place:
          where       mirox-rig exec --lab \(lab) gateway -- PROGRAM
          what for    \(GatewayPlace.path) there: key, endpoint, control plane, token
          ours        mirox-rig exec --lab \(lab) gateway -- mirox-rig gateway
        """
    }

    /// How an agent from elsewhere takes the place that was left for it.
    static func enrolment(of plant: PlantID, token: String, web: Endpoint, exposed: Endpoint?) -> String {
        let gateway = exposed.map { "\($0)" } ?? "not reachable from here: start with --expose 127.0.0.1:51820"
        return """

            \(plant) waits for an agent:
              enrolment token  \(token)
              enrol            curl -sS http://\(web)/api/v1/agent/enroll -H 'Content-Type: application/json' \\
                                 -d '{"token": "\(token)", "publicKey": "<its WireGuard key>"}'
              ours             mirox-rig agent --control-plane http://\(web) --token \(token)\(exposed.map { " --gateway \($0)" } ?? "")
              gateway          \(gateway)   (its key is in the answer; allowed IPs: the answer's pool; keepalive on)
            """
    }

    private static func command(for type: Fixture.DeviceType, at address: IPv4Address) -> String {
        switch type {
        case .inverter, .meter, .trackerController, .weatherStation, .registers:
            "mbpoll -m tcp -a 1 -0 -r 40000 -c 4 -1 \(address)"
        case .networkSwitch: "snmpwalk -v 2c -c public \(address)"
        case .datalogger: "curl http://\(address)/"
        case .servicePC: "ssh service@\(address)"
        }
    }
}
