import AccessModel
import Addressing
import DeviceModel
import ScenarioModel

/// What is on record, as a condition wants it and as it does not.
extension Condition {
    var recordFulfilled: Sighting {
        switch self {
        case .sessions(let sessions):
            let online = sessions.onlineCount ?? 0
            let count = sessions.count ?? online
            return .sessions((0..<count).map { SessionRow(isOnline: $0 < online, bytes: 0) })
        case .certificate(let certificate):
            var keys: [LaptopID: String] = [:]
            if let laptop = certificate.matches { keys[laptop] = "key" }
            if let laptop = certificate.differsFrom { keys[laptop] = "another" }
            return .certificate(
                CertificateSighting(state: certificate.state ?? .issued, publicKey: "key", laptopKeys: keys))
        case .agent(let agent):
            return .agent(AgentSighting(state: agent.state ?? .online, reports: agent.reports ?? true))
        case .program(let program):
            return .program(
                ProgramSighting(
                    exitStatus: program.isRunning == true ? nil : program.exitStatus ?? 0,
                    output: program.outputContains ?? ""))
        case .counter(let counter): return .counter(UInt64(counter.equals ?? (counter.above ?? 0) + 1))
        case .poll(let poll):
            return .poll(
                PollTally(answerCount: (poll.answersAbove ?? 0) + 1, answeredBy: poll.answeredBy ?? []))
        case .access(let access):
            if let name = access.refused { return .refused(name: name) }
            let row = AccessSighting(
                person: access.person ?? "anna", plant: access.plant ?? "park-a", device: access.device,
                service: access.service, source: access.source, bytes: UInt64(access.bytesAbove ?? 0) + 1,
                denied: UInt64(access.deniedAbove ?? 0) + 1)
            return .access(Array(repeating: row, count: access.count ?? 1))
        case .answers(let answers):
            return .answers(
                answers.reaches.map { reach in
                    Attempt(
                        outcome: reach.outcome,
                        answeredBy: reach.target.candidates.first { $0.plant == reach.answeredBy })
                })
        case .page(let page):
            let text = "\(page.row ?? "") \(page.shows ?? "")"
            return .page(PageSighting(path: "/profile/vpn", text: text, rows: [text]))
        case .device(let device): return .device(device.health(isFit: true))
        default: return .unfinished("no record is looked at")
        }
    }

    var recordContradicted: Sighting {
        switch self {
        case .sessions(let sessions):
            let count = (sessions.count ?? 0) + (sessions.onlineCount ?? 0) + 1
            return .sessions((0..<count).map { _ in SessionRow(isOnline: true, bytes: 0) })
        case .certificate(let certificate):
            return .certificate(
                CertificateSighting(state: certificate.state == .issued ? .none : .issued, publicKey: nil))
        case .agent(let agent):
            return .agent(
                AgentSighting(
                    state: agent.state == .online ? .offline : .online, reports: agent.reports.map { !$0 } ?? true))
        case .program(let program):
            return .program(
                ProgramSighting(exitStatus: program.isRunning == true ? 0 : nil, output: "something else"))
        case .counter(let counter): return .counter(counter.equals.map { UInt64($0) + 1 } ?? 0)
        case .poll: return .poll(PollTally(longestGap: .seconds(3600), answeredBy: ["nobody"]))
        case .access: return .access([])
        case .answers(let answers):
            return .answers(
                answers.reaches.map { Attempt(outcome: $0.outcome == .timeout ? .reset : .timeout) })
        case .page(let page):
            let text = "\(page.row ?? "") \(page.hides ?? "something else")"
            return .page(PageSighting(path: "/profile/vpn", text: text, rows: [text]))
        case .device(let device): return .device(device.health(isFit: false))
        default: return .unfinished("no record is looked at")
        }
    }
}

extension Condition.Device {
    /// A device that has counted what is wanted, or something else.
    fileprivate func health(isFit: Bool) -> DeviceHealth {
        var counters = DeviceCounters()
        for count in counts {
            let value = isFit ? count.equals ?? (count.above ?? 0) + 1 : count.equals.map { $0 + 1 } ?? 0
            switch count.counter {
            case .connections: counters.connections = value
            case .open: counters.open = value
            case .requests: counters.requests = value
            case .writes: counters.writes = value
            case .refusals: counters.refusals = value
            }
        }
        let fit = feedsAbove.map { Double($0) + 1 } ?? feedsBelow.map { Double($0) - 1 }
        return DeviceHealth(isServing: true, counters: counters, acWatts: isFit ? fit : feedsAbove == nil ? 1e9 : -1)
    }
}
