import AccessModel
import Addressing
import Digest

extension ReleasedView {
    /// The hash over everything in canonical order, 64 hex digits; equal views have equal hashes, everywhere.
    package var contentHash: String {
        ContentHash.of { writer in
            writer.append(count: people.count)
            for entry in people { entry.write(to: &writer) }
            writer.append(count: agents.count)
            for entry in agents { entry.write(to: &writer) }
        }.description
    }
}

extension PersonEntry {
    fileprivate func write(to writer: inout ContentWriter) {
        writer.append(person.text)
        writer.append(bytes: publicKey.bytes)
        writer.append(tunnelAddress.number)
        writer.append(count: routes.count)
        for route in routes {
            writer.append(route.range.lower.number)
            writer.append(route.range.upper.number)
            writer.append(optional: route.plant) { $0.append($1.text) }
            writer.append(route.isReachable)
        }
    }
}

extension AgentEntry {
    fileprivate func write(to writer: inout ContentWriter) {
        writer.append(agent.text)
        writer.append(plant.text)
        writer.append(bytes: publicKey.bytes)
        writer.append(count: subnets.count)
        for subnet in subnets {
            writer.append(subnet.address.number)
            writer.append(UInt8(subnet.length))
        }
    }
}
