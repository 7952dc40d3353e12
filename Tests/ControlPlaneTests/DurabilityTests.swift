import AccessModel
import Addressing
import ControlProtocol
import Foundation
import GRDB
import Glibc
import Synchronization
import TestRequirements
import Testing

@testable import ControlPlane

/// What was answered with success is there, whatever became of the process.
@Suite(.serialized, .timeLimit(.minutes(10))) struct DurabilityTests {
    private static let kills = Int(ProcessInfo.processInfo.environment["MIROX_RIG_KILLS"] ?? "") ?? 100
    private static let seed = UInt64(ProcessInfo.processInfo.environment["MIROX_RIG_KILL_SEED"] ?? "") ?? 1

    @Test(
        "Killed at any moment it has lost nothing, shows nothing half done, and the gateway converges",
        .covers("R77", "R83"))
    func kills() async throws {
        let (folder, words) = try Self.prepare()
        let streams = ["anna", "otto", "sven"].map { LedgerStream(person: $0) }
        let gateway = PollingGateway()
        var draw = Draw(seed: Self.seed)
        var commands = 0
        for life in 0..<Self.kills {
            let process = try ControlPlaneProcess(words)
            let place = "seed \(Self.seed), life \(life)"
            for stream in streams { try stream.check(against: process, place) }
            try gateway.check(against: process, place)
            if life.isMultiple(of: 20) { try Self.expectIntactAudit(process, place) }
            await Self.stream(
                streams, gateway, to: process, forMilliseconds: Int.random(in: 1...80, using: &draw), life)
            commands = streams.map(\.done).reduce(0, +)
        }
        let process = try ControlPlaneProcess(words)
        for stream in streams { try stream.check(against: process, "the end") }
        try Self.expectIntactAudit(process, "the end")
        try gateway.converge(with: process)
        process.killNow()
        #expect(commands > Self.kills, "most lives should have had time for something")
        #expect(try AuditArchive(path: folder.path).verify().isIntact)
    }

    /// Lets everybody work until the process is killed.
    private static func stream(
        _ streams: [LedgerStream], _ gateway: PollingGateway, to process: ControlPlaneProcess,
        forMilliseconds milliseconds: Int, _ life: Int
    ) async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let group = DispatchGroup()
            for (index, stream) in streams.enumerated() {
                Self.onThread(group) { stream.work(on: process, seed: UInt64(life * 10 + index + 1)) }
            }
            Self.onThread(group) { gateway.work(on: process) }
            Self.onThread(group) {
                usleep(UInt32(milliseconds) * 1000)
                process.killNow()
            }
            group.notify(queue: .global()) { done.resume() }
        }
    }

    private static func onThread(_ group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
        group.enter()
        Thread.detachNewThread {
            body()
            group.leave()
        }
    }

    static func prepare() throws -> (folder: DatabaseFolder, words: [String]) {
        let folder = try DatabaseFolder()
        let seed = Fleet.seed { seed in
            seed.settings.urgentWaitSeconds = 0.02
            seed.settings.syncWaitSeconds = 0.02
        }
        let path = folder.path + ".seed.json"
        try JSONEncoder().encode(seed).write(to: URL(fileURLWithPath: path))
        return (folder, ControlPlaneProcess.words(database: folder.path, seed: path))
    }

    static func expectIntactAudit(_ process: ControlPlaneProcess, _ place: String) throws {
        let verification = try process.call("GET", "lab/audit/verification", as: "lab").decode(AuditVerification.self)
        #expect(verification.isIntact, "\(place)")
    }

    // MARK: A full disk and a broken file

    @Test("A full disk refuses the change, says so, and loses nothing")
    func fullDisk() async throws {
        let (folder, words) = try Self.prepare()
        // A disk of its own, a megabyte small, in namespaces of its own.
        let disk = folder.path + ".disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        let inside = words.map { $0 == folder.path ? disk + "/control.sqlite" : $0 }
        let script = "mount -t tmpfs -o size=1m tmpfs \(disk) && exec \"$@\""
        let process = try ControlPlaneProcess(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"] + inside)
        defer { process.killNow() }
        var made: [String] = []
        var refusal: ControlPlaneProcess.Answer?
        for number in 0..<5000 {
            let request = PlantRequest(id: PlantID("p-\(number)"), name: String(repeating: "x", count: 250))
            let answer = try process.call("POST", "portfolios/sued/plants", as: "lab", request)
            guard answer.status == 201 else {
                refusal = answer
                break
            }
            made.append("p-\(number)")
        }
        let answer = try #require(refusal)
        let problem = try answer.decode(Problem.self)
        #expect(answer.status == 507 && problem.code == "storage-full", "\(problem)")
        #expect(problem.detail?.contains("make room") == true)
        // What there is can still be read, and what was refused is not there.
        #expect(try process.call("GET", "me/vpn", as: "anna").status == 200)
        #expect(try process.call("GET", "plants/p-\(made.count)", as: "lab").status == 404)
        #expect(try process.call("GET", "plants/\(try #require(made.last))", as: "lab").status == 200)
        try Self.expectIntactAudit(process, "a full disk")
    }

    @Test("A file that is damaged, or no database, or cannot be there, is said to be so")
    func brokenFile() async throws {
        let (folder, words) = try Self.prepare()
        let file = URL(fileURLWithPath: folder.path)
        try Data("this is not a database, but a text of some length".utf8).write(to: file)
        let noDatabase = #expect(throws: ControlPlaneProcess.Failure.self) { try ControlPlaneProcess(words) }
        #expect(noDatabase?.description.contains("is damaged or no database") == true)
        try FileManager.default.removeItem(at: file)

        let process = try ControlPlaneProcess(words)
        process.killNow()
        try Self.damage(file)
        let damaged = #expect(throws: ControlPlaneProcess.Failure.self) { try ControlPlaneProcess(words) }
        #expect(damaged?.description.contains("is damaged or no database") == true, "\(String(describing: damaged))")

        let nowhere = words.map { $0 == folder.path ? "/nowhere/at/all.sqlite" : $0 }
        let missing = #expect(throws: ControlPlaneProcess.Failure.self) { try ControlPlaneProcess(nowhere) }
        #expect(missing?.description.contains("cannot be used") == true)
    }

    private static func damage(_ file: URL) throws {
        // Its log is folded in, then the middle of the file is overwritten.
        try Store(path: file.path).database.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        let handle = try FileHandle(forUpdating: file)
        let size = try handle.seekToEnd()
        for offset in stride(from: UInt64(4096), to: size, by: 4096) {
            try handle.seek(toOffset: offset)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 512))
        }
        try handle.close()
    }
}
