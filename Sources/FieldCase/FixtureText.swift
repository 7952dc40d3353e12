import AccessModel
import Addressing
package import ScenarioModel

/// A fleet as a fixture file; reading it gives the same fleet again, addresses in the internet aside.
package struct FixtureText {
    private let fixture: Fixture

    package init(_ fixture: Fixture) { self.fixture = fixture }

    package var text: String {
        var lines = ["format: 1", "fixture: \(YAMLText.quoted(fixture.title))", "control-plane:"]
        let options = fixture.controlPlane
        lines.append("  default-winner: \(options.defaultWinner.rawValue)")
        lines.append("  offline-agent: \(options.offlineAgent.rawValue)")
        if options.keepalive != ControlPlaneOptions().keepalive {
            lines.append("  keepalive: \(options.keepalive.text.filter { $0 != " " })")
            lines.append("  agent-offline-after: \(options.agentOfflineAfter.text.filter { $0 != " " })")
        }
        lines.append("organizations:")
        lines += fixture.organizations.flatMap(organization)
        if !fixture.cooperations.isEmpty {
            lines.append("cooperations:")
            lines += fixture.cooperations.map { item in
                let members = item.members.map { Self.name($0.text) }.joined(separator: ", ")
                return "  \(Self.name(item.id.text)): { owner: \(Self.name(item.owner.text)), partner: "
                    + "\(Self.name(item.partner.text)), shares: \(Self.name(item.plant.text)), cap: \(item.cap.rawValue), "
                    + "members: [\(members)], accepted: \(item.isAccepted) }"
            }
        }
        if !fixture.grants.isEmpty {
            lines.append("grants:")
            lines += fixture.grants.map { grant in
                let since = grant.since == .beginning ? "" : ", since: \(grant.since.description.prefix(10))"
                return "  - { to: \(Self.name(grant.person.text)), \(Self.place(grant.place))\(since) }"
            }
        }
        if !fixture.laptops.isEmpty {
            lines.append("laptops:")
            for person in Set(fixture.laptops.map(\.id.person)).sorted() {
                lines.append("  \(Self.name(person.text)):")
                for laptop in fixture.laptops where laptop.id.person == person {
                    let home = laptop.homeLAN.map { "home-lan: \($0)" } ?? ""
                    lines.append("    \(laptop.id.name): { \(home) }")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func organization(_ organization: Fixture.Organization) -> [String] {
        var lines = ["  \(Self.name(organization.id.text)):", "    members:"]
        for member in organization.members {
            lines.append(
                "      \(Self.name(member.person.text)): { standing: \(member.standing.rawValue), job-role: \(member.jobRole.rawValue) }"
            )
        }
        guard !organization.portfolios.isEmpty else { return lines }
        lines.append("    portfolios:")
        for portfolio in organization.portfolios {
            lines.append("      \(Self.name(portfolio.id.text)):")
            guard !portfolio.plants.isEmpty else {
                lines[lines.count - 1] += " {}"
                continue
            }
            lines.append("        plants:")
            lines += portfolio.plants.flatMap(plant)
        }
        return lines
    }

    private func plant(_ plant: Fixture.Plant) -> [String] {
        let head = "          \(Self.name(plant.id.text)):"
        guard !plant.subnets.isEmpty else { return [head + " {}"] }
        var lines = [head, "            subnets:"]
        for subnet in plant.subnets {
            lines.append("              \(subnet.prefix):" + (subnet.devices.isEmpty ? " {}" : ""))
            lines += subnet.devices.map { device in
                "                \(Self.name(device.name)): { at: \(device.address), type: \(device.type.rawValue) }"
            }
        }
        return lines
    }

    private static func place(_ place: Place) -> String {
        switch place {
        case .plant(let id): "plant: \(name(id.text))"
        case .portfolio(let id): "portfolio: \(name(id.text))"
        case .organization(let id): "organization: \(name(id.text))"
        }
    }

    /// A name as it may stand without quotes, else in them: `1.5` is no number, and `no` is no answer.
    private static func name(_ text: String) -> String {
        let isPlain =
            text.first?.isLetter == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        let words: Set<String> = ["on", "off", "yes", "no", "y", "n", "true", "false", "null"]
        return isPlain && !words.contains(text.lowercased()) ? text : YAMLText.quoted(text)
    }
}
