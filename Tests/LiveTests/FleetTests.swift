import Foundation
import Testing

extension LiveTests {
    @Suite("A hundred plants", .serialized)
    struct FleetTests {
        @Test("all five hundred devices answer as themselves through the tunnel")
        func hundred() async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "\(Rig.freeName()).json")
            defer { try? FileManager.default.removeItem(at: file) }
            try await TestLab.serving("Fixtures/sites/hundred-plants.yaml") { lab in
                let before = try memoryKiB(of: lab)
                let status = try await lab.ask("status", "--json")
                try Data(status.output.utf8).write(to: file)
                let devices = try await lab.exec(
                    "emil/laptop", Rig.python, Rig.client("fleet.py"), file.path, seconds: 120)
                #expect(devices.output == "answered 500 of 500\n", "\(devices)")
                let after = try memoryKiB(of: lab)
                let processes = Processes.descendants(of: lab.up.identifier).count + 1
                print(
                    "live: 100 plants, 500 devices: ready after \(lab.timeUntilReady.formatted(Self.seconds)), "
                        + "\(lab.timeUntilReady / 100) a plant; \(before / 100) KiB a plant in \(processes) processes, "
                        + "\(after / 100) KiB after every device was asked, which took \(devices.errors)")
            }
        }

        private static let seconds = Duration.UnitsFormatStyle(
            allowedUnits: [.seconds], width: .narrow, fractionalPart: .show(length: 2))

        /// All of the lab's processes, the one outside too.
        private func memoryKiB(of lab: TestLab) throws -> Int {
            let processes = [lab.up.identifier] + Processes.descendants(of: lab.up.identifier)
            let each = processes.compactMap { Processes.memoryKiB(of: $0) }
            try #require(each.count == processes.count, "some of \(processes) may not be read")
            return each.reduce(0, +)
        }
    }
}
