import Foundation
import Testing

/// Devices of every type and vendor, asked by other people's programs through the tunnel.
extension LiveTests {
    @Suite("Devices in a served lab", .serialized)
    struct DeviceTests {
        private static let park = "Fixtures/sites/device-park.yaml"

        private static func python() throws -> String {
            try #require(
                ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"],
                "MIROX_RIG_PYTHON must name the tests' python; `make test` sets it")
        }

        @Test(
            "pysunspec2, mbpoll, pyfronius, pykoplenti, sunwatcher, snmpwalk, curl, scp, sftp and ssh-audit are content"
        )
        func strangers() async throws {
            let python = try Self.python()
            try await TestLab.serving(Self.park) { lab in
                let folder = URL(filePath: Rig.client("devices.sh")).deletingLastPathComponent().path
                let run = try await lab.exec(
                    "anna/laptop", Rig.client("devices.sh"), python, folder, seconds: 100)
                let failed = run.output.split(separator: "\n").filter { !$0.hasPrefix("ok ") }
                #expect(failed.isEmpty, "\(run.output)\(run.errors)")
                #expect(run.output.split(separator: "\n").count { $0.hasPrefix("ok ") } >= 28)
            }
        }

        @Test("A fault switched at another terminal acts and is healed; counters can be read by Prometheus")
        func fault() async throws {
            let python = try Self.python()
            try await TestLab.serving(Self.park) { lab in
                let logger = Rig.client("loggers.py")
                let wrong = try await lab.ask("fault", "musterhof/symo", "nigth=true")
                #expect(wrong.status != 0 && wrong.errors.contains("did you mean 'night'"), "\(wrong)")
                for name in ["symo", "gen24"] {
                    let spoilt = try await lab.ask("fault", "musterhof/\(name)", "night=true", "--id", "dusk-\(name)")
                    #expect(spoilt.status == 0 && spoilt.output.contains("is in the dark"), "\(spoilt)")
                    let address = name == "symo" ? "192.168.1.40" : "192.168.1.41"
                    let night = try await lab.exec("anna/laptop", python, logger, name, address, "night")
                    #expect(night.output == "works\n", "\(night)")
                }
                _ = try await lab.ask("fault", "musterhof/portal", "http-status=503")
                let refused = try await lab.exec("anna/laptop", "curl", "-sSk", "-i", "https://192.168.1.44/")
                #expect(refused.output.contains("503"), "\(refused)")
                let healed = try await lab.ask("fault", "--heal-all")
                #expect(healed.output.contains("dusk-symo"), "\(healed)")
                let page = try await lab.exec("anna/laptop", "curl", "-sSk", "-i", "https://192.168.1.44/")
                #expect(page.output.contains("200 OK"), "\(page)")
                let metrics = try await lab.ask("status", "--metrics")
                #expect(
                    metrics.output.contains(
                        "mirox_device_refusals_total{plant=\"musterhof\",device=\"portal\",kind=\"datalogger\"} 1"),
                    "\(metrics)")
            }
        }
    }
}
