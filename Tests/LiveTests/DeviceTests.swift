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
            "pysunspec2, mbpoll, pyfronius, pykoplenti, sunwatcher, snmpwalk, curl, scp, sftp and ssh-audit are content, and every device has counted them"
        )
        func strangers() async throws {
            let python = try Self.python()
            try await TestLab.serving(Self.park) { lab in
                let folder = URL(filePath: Rig.client("devices.sh")).deletingLastPathComponent().path
                let run = try await lab.exec(
                    "anna/laptop", Rig.client("devices.sh"), python, folder, seconds: 100)
                let failed = run.output.split(separator: "\n").filter { !$0.hasPrefix("ok ") }
                #expect(failed.isEmpty, "\(run.output)\(run.errors)")
                #expect(run.output.split(separator: "\n").count { $0.hasPrefix("ok ") } >= 33)
                let status = try await lab.ask("status").output.split(separator: "\n")
                let metrics = try await lab.ask("status", "--metrics").output
                for device in Self.devices {
                    let line = try #require(status.first { $0.contains("  \(device)  ") }, "\(status)")
                    #expect(line.contains(" requests, ") && !line.contains(", 0 requests, "), "\(line)")
                    for counter in ["connections_total", "requests_total", "writes_total", "refusals_total", "open"] {
                        #expect(
                            metrics.contains("mirox_device_\(counter){plant=\"musterhof\",device=\"\(device)\","),
                            "\(counter) of \(device)")
                    }
                }
                // Three writes of the controls each; the scan of SMA's chain ends with an exception, the others' do not.
                for (counter, device, count) in [
                    ("writes", "kostal", 3), ("refusals", "sma", 1), ("refusals", "kostal", 0),
                ] {
                    #expect(
                        metrics.contains(
                            "mirox_device_\(counter)_total{plant=\"musterhof\",device=\"\(device)\",kind=\"inverter\"} \(count)\n"
                        ), "\(metrics)")
                }
            }
        }

        /// Those that the clients visit.
        private static let devices = [
            "generic", "solaredge", "sma", "fronius", "huawei", "kostal", "sungrow", "meter", "tracker", "weather",
            "old-inverter", "symo", "gen24", "solar-log", "plenticore", "portal", "service-pc", "switch",
        ]

        @Test("Every word of a device's fault can be said at another terminal, and what is told back says it")
        func words() async throws {
            let words = [
                ("generic", ["delay=400ms", "jitter=100ms"], "answers 300 ms to 500 ms late"),
                ("generic", ["exception=6"], "answers everything with exception 6"),
                ("generic", ["silent=true"], "says nothing"),
                ("generic", ["power-off=silent"], "is switched off (silent)"),
                ("generic", ["reboot=1s"], "reboots for 1 s"), ("generic", ["night=true"], "is in the dark"),
                ("generic", ["values=absurd"], "shows absurd values"),
                ("generic", ["frames=split"], "sends split frames"),
                ("generic", ["connections=1", "over-limit=close"], "treats one connection more with 'close'"),
                ("generic", ["address-taken-by=meter"], "shares its address with meter"),
                ("generic", ["wrong-gateway=true"], "nobody will notice 'wrong-gateway': the agent of musterhof"),
                ("symo", ["http-status=503"], "answers HTTP with 503"),
                ("symo", ["slow-body=1s"], "takes 1 s for a page"),
                ("symo", ["exception=6"], "nobody will notice 'exception'"),
                ("service-pc", ["refuses-login=true"], "lets nobody log in"),
                ("service-pc", ["banner-delay=1s"], "greets 1 s late"),
            ]
            try await TestLab.serving(Self.park) { lab in
                for (device, said, told) in words {
                    let reply = try await lab.ask(["fault", "musterhof/\(device)"] + said)
                    #expect(reply.status == 0 && reply.output.contains(told), "\(said): \(reply)")
                }
                for (said, remedy) in [
                    ("exception=0", "1 to 255"), ("delay=2", "2s"), ("values=odd", "stuck"), ("frames=cut", "split"),
                ] {
                    let reply = try await lab.ask("fault", "musterhof/generic", said)
                    #expect(reply.status != 0 && reply.errors.contains(remedy), "\(said): \(reply)")
                }
                let healed = try await lab.ask("fault", "--heal-all")
                #expect(healed.status == 0, "\(healed)")
                let read = try await lab.exec(
                    "anna/laptop", "mbpoll", "-m", "tcp", "-a", "1", "-0", "-r", "40000", "-c", "1", "-t", "4:hex",
                    "-1",
                    "192.168.1.20")
                #expect(read.output.contains("0x5375"), "\(read)")
            }
        }

        @Test("A fault switched at another terminal acts and is healed; counters can be read by Prometheus")
        func fault() async throws {
            let python = try Self.python()
            try await TestLab.serving(Self.park) { lab in
                let logger = Rig.client("loggers.py")
                let wrong = try await lab.ask("fault", "musterhof/symo", "nigth=true")
                #expect(wrong.status != 0 && wrong.errors.contains("did you mean 'night'"), "\(wrong)")
                for (name, address) in [
                    ("symo", "192.168.1.40"), ("gen24", "192.168.1.41"), ("solar-log", "192.168.1.42"),
                    ("plenticore", "192.168.1.43"),
                ] {
                    let spoilt = try await lab.ask("fault", "musterhof/\(name)", "night=true", "--id", "dusk-\(name)")
                    #expect(spoilt.status == 0 && spoilt.output.contains("is in the dark"), "\(spoilt)")
                    let kind = name == "plenticore" ? "kostal" : name
                    let night = try await lab.exec("anna/laptop", python, logger, kind, address, "night")
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
