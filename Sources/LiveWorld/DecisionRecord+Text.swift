import AccessModel
import Foundation
import LabProtocol

extension DecisionRecord {
    /// The gateway's record in a line: `d-118 at 14:03:07.841: anna -> 192.168.1.20:502 forwarded to park-a, revision 41`.
    var text: String {
        let who = person?.text ?? "\(isFromPerson ? source : destination)"
        let (address, port) = isFromPerson ? (destination, destinationPort) : (source, sourcePort)
        let service = port == 0 ? "\(address)" : "\(address):\(port)"
        let way = isFromPerson ? "\(who) -> \(service)" : "\(service) -> \(who)"
        let times = packets > 1 ? ", \(packets) packets" : ""
        return "gateway d-\(sequence) at \(at.timeOfDay): \(way) \(fate), revision \(revision)\(times)"
    }

    /// What became of it.
    var fate: String {
        if isForwarded {
            guard isFromPerson else { return "let through" }
            return plant.map { "forwarded to \($0)" } ?? "forwarded"
        }
        return "\(verdict): \(Self.meanings[verdict] ?? "dropped")"
    }

    /// The gateway's verdicts in the words of a report.
    static let meanings: [String: String] = [
        "echoAnswered": "the gateway itself answers the ping",
        "resetAnswered": "a segment of a flow that was cut, answered with a reset",
        "noPermission": "no entry in the person's table, refused with ICMP 3/13",
        "plantUnreachable": "the person's plant for it has no live agent, refused with ICMP 3/0",
        "noOwner": "several plants claim it and none was chosen, refused with ICMP 3/0",
        "noLiveAgent": "no agent of the plant was heard lately, refused with ICMP 3/0",
        "leaseExpired": "the grants were not renewed in time, refused with ICMP 3/13",
        "userToUser": "another person's tunnel address, refused with ICMP 3/13",
        "notAGatewayService": "the gateway answers pings only, refused with ICMP 3/13",
        "timeExceeded": "no hop left, refused with ICMP 11/0",
        "spoofedSource": "not the person's tunnel address, dropped",
        "routedElsewhere": "the person's table leads elsewhere, dropped",
        "noFlow": "the person opened no such flow, dropped",
        "afterCut": "a flow that was cut, dropped",
        "sourceOutsidePlant": "not an address of the plant, dropped",
        "plantToPlant": "from a plant to no tunnel address, dropped",
        "stalePeer": "the peer is gone, dropped",
    ]
}

extension Timestamp {
    static var now: Self { Self(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    /// `14:03:07.201`, UTC.
    var timeOfDay: String { String(description.dropFirst(11).dropLast()) }

    /// `2026-01-05`.
    var day: String { String(description.prefix(10)) }
}
