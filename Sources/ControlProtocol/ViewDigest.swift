import AccessModel
import Addressing
import Digest

/// The hash of a released view, kept up to date entry by entry.
///
/// It is the sum of the entries' own hashes, lane by lane, hashed once more with their number. A change of one entry costs
/// two hashes of that entry, however many others there are. Ids are unique in a view, so equal sums mean equal views as
/// far as chance goes; somebody who forges entries is not what it is for, for the channel has a token.
package struct ViewDigest: Hashable, Sendable {
    private var sum = SIMD4<UInt64>(repeating: 0)
    private var people: UInt64 = 0
    private var agents: UInt64 = 0

    package init() {}

    package init(of view: ReleasedView) {
        for entry in view.people { insert(entry) }
        for entry in view.agents { insert(entry) }
    }

    /// 64 hex digits.
    package var text: String {
        ContentHash.of { writer in
            writer.append(people)
            writer.append(agents)
            for lane in 0..<4 { writer.append(sum[lane]) }
        }.description
    }

    package mutating func insert(_ entry: PersonEntry) {
        sum &+= entry.hash.lanes
        people += 1
    }

    package mutating func remove(_ entry: PersonEntry) {
        sum &-= entry.hash.lanes
        people -= 1
    }

    package mutating func insert(_ entry: AgentEntry) {
        sum &+= entry.hash.lanes
        agents += 1
    }

    package mutating func remove(_ entry: AgentEntry) {
        sum &-= entry.hash.lanes
        agents -= 1
    }

    /// What the delta makes of the digest of `view`.
    ///
    /// - Precondition: this is the digest of `view`, and the delta names each id once.
    package mutating func apply(_ delta: Revision.Delta, to view: ReleasedView) {
        for entry in delta.people {
            if let before = view.person(entry.person) { remove(before) }
            insert(entry)
        }
        for id in delta.removedPeople { if let before = view.person(id) { remove(before) } }
        for entry in delta.agents {
            if let before = view.agent(entry.agent) { remove(before) }
            insert(entry)
        }
        for id in delta.removedAgents { if let before = view.agent(id) { remove(before) } }
    }
}

extension ReleasedView {
    /// The hash over everything, 64 hex digits; equal views have equal hashes, everywhere.
    package var contentHash: String { ViewDigest(of: self).text }
}

extension PersonEntry {
    fileprivate var hash: ContentHash {
        ContentHash.of { writer in
            writer.append("person")
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
}

extension AgentEntry {
    fileprivate var hash: ContentHash {
        ContentHash.of { writer in
            writer.append("agent")
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
}
