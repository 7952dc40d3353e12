import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase
import TunnelRouting
import WireGuardProtocol

@testable import DataPlane

@Suite("Queues of the shells")
struct QueueTests {
    @Test("A deadline queue hands out what is due, in order, equal deadlines as they came", arguments: 1...10)
    func deadlines(seed: UInt64) {
        var state = seed
        func dice(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        var queue = DeadlineQueue<Int>()
        var twin: [(deadline: Moment, element: Int)] = []
        for element in 0..<500 {
            let deadline = Moment(nanoseconds: dice(200))
            queue.insert(element, at: deadline)
            twin.append((deadline, element))
            let now = Moment(nanoseconds: dice(120))
            while let due = queue.popDue(at: now) {
                twin.sort { ($0.deadline, $0.element) < ($1.deadline, $1.element) }
                #expect(twin.first?.element == due)
                #expect(twin.removeFirst().deadline <= now)
            }
            #expect(queue.next == twin.map(\.deadline).min())
            #expect(queue.next.map { $0 > now } ?? true)
        }
    }

    func flow(_ id: UInt64, bytes: UInt64) throws -> FlowTouch {
        let moment = Moment(nanoseconds: 0)
        var touch = FlowTouch(
            id: id, person: "anna", publicKey: try World.key(1).publicKey, plant: nil, device: IPv4Address(1, 2, 3, 4),
            transport: 6, port: 1, source: Endpoint(IPv4Address(1, 1, 1, 1), 1), first: moment, last: moment,
            revision: 1, state: .open)
        touch.bytesUp = bytes
        return touch
    }

    @Test("Reports keep the latest of each flow; what is put back neither displaces newer nor is lost")
    func reports() throws {
        let reports = GatewayReports(flowLimit: 3)
        reports.add(flows: [try flow(1, bytes: 1), try flow(2, bytes: 1)])
        reports.add(flows: [try flow(1, bytes: 2)])
        let taken = reports.takeFlows(atMost: 5)
        #expect(taken.map(\.id) == [1, 2] && taken.map(\.bytesUp) == [2, 1])
        reports.add(flows: [try flow(1, bytes: 9)])
        reports.putBack(flows: taken)
        let again = reports.takeFlows(atMost: 1) + reports.takeFlows(atMost: 5)
        #expect(again.map(\.id) == [2, 1] && again.map(\.bytesUp) == [1, 9])
        reports.add(flows: try (1...5).map { try flow($0, bytes: 0) })
        #expect(reports.takeFlows(atMost: 9).map(\.id) == [3, 4, 5] && reports.lost == 2)

        let peers = try [1, 2].map {
            PeerObservation(
                publicKey: try World.key($0).publicKey, endpoint: nil, lastHandshake: nil, lastAuthenticated: nil,
                bytesFromPeer: 0, bytesToPeer: 0)
        }
        reports.add(peers: peers)
        let observed = reports.takePeers()
        var newer = peers[0]
        newer.bytesFromPeer = 5
        reports.add(peers: [newer])
        reports.putBack(peers: observed)
        #expect(reports.takePeers() == [peers[1], newer])
        #expect(reports.takePeers().isEmpty)
    }
}
