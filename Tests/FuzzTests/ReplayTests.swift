import Foundation
import FuzzEntries
import Testing

/// Inputs that once hurt, and the seeds of the fuzzers, run again by every test run; then some thousand strangers.
struct ReplayTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/fuzz")

    private func files(of target: FuzzTarget) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: target.rawValue), includingPropertiesForKeys: nil
        ).sorted { $0.path < $1.path }
    }

    @Test("every kept input does no harm", arguments: FuzzTarget.allCases)
    func kept(target: FuzzTarget) throws {
        let files = try files(of: target)
        #expect(files.count >= 5)
        for file in files {
            do {
                try target.run([UInt8](Data(contentsOf: file)))
            } catch {
                Issue.record("\(file.lastPathComponent): \(error)")
            }
        }
    }

    @Test("neither do inputs that are like them", arguments: FuzzTarget.allCases)
    func neighbours(target: FuzzTarget) throws {
        let seeds = try files(of: target).map { [UInt8](try Data(contentsOf: $0)) }
        var state: UInt64 = 7
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(max(limit, 1)))
        }
        for number in 0..<1_000 {
            var input = seeds[random(seeds.count)]
            for _ in 0...random(8) where !input.isEmpty {
                switch random(4) {
                case 0: input[random(input.count)] = UInt8(random(256))
                case 1: input[random(input.count)] ^= 1 << UInt8(random(8))
                case 2: input.removeSubrange(random(input.count)..<input.count)
                default: input += seeds[random(seeds.count)]
                }
            }
            do {
                try target.run(Array(input.prefix(8_192)))
            } catch {
                Issue.record("input \(number): \(error)")
            }
        }
    }
}
