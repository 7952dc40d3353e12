import AccessModel
import Addressing
import ArgumentParser
import Foundation
import LabProtocol

/// The command `mirox-rig explain-packet --from LAPTOP --to ADDRESS:PORT`.
struct ExplainPacketCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain-packet",
        abstract: "Say hop by hop where a packet goes in a served lab, and why, from the lab's own records.",
        discussion: "Nothing is sent. Records of packets that somebody did send are quoted with their numbers.")

    @OptionGroup var lab: LabOption

    @Option(help: "The laptop, anna/laptop.")
    var from: String

    @Option(help: "The service, 192.168.1.20:502; without a port a ping.")
    var to: String

    @Option(help: "A moment in the past: 14:03:07.201 of today or a time of RFC 3339, UTC.")
    var at: String?

    func run() throws {
        try Question.ask(.explain(laptop: from, service: try service, at: try at.map(Self.moment)), of: lab)
    }

    private var service: Endpoint {
        get throws {
            if let endpoint = Endpoint(to) { return endpoint }
            if let address = IPv4Address(to) { return Endpoint(address, 0) }
            throw RigFault.usage("--to takes an address and a port, such as 192.168.1.20:502, not '\(to)'")
        }
    }

    static func moment(_ text: String) throws -> Timestamp {
        if let moment = Timestamp(text) { return moment }
        let today = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).description.prefix(11)
        if let moment = Timestamp("\(today)\(text)Z") { return moment }
        throw RigFault.usage(
            "--at takes a time such as 14:03:07.201 (UTC, today) or 2026-01-05T14:03:07Z, not '\(text)'")
    }
}
