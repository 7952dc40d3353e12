import Foundation
import Testing

extension LiveTests {
    @Suite("What a record holds", .serialized)
    struct RecordTests {
        private func call(_ lab: TestLab, _ person: String, _ words: String...) async throws {
            let token = try await lab.ask("token", person).output.trimmingCharacters(in: .whitespacesAndNewlines)
            let answer = try await lab.exec(
                "internet", "curl", "-sS", "--fail-with-body", "-H", "Authorization: Bearer \(token)", words[0],
                words[1], words[2], words[3], "http://203.0.113.10:8080/api/v1/\(words[4])")
            #expect(answer.status == 0, "\(answer)")
        }

        @Test("faults by hand, red steps, what others did meanwhile, and what no scenario of this fixture can do")
        func everything() async throws {
            try await TestLab.serving { lab in
                for words in [
                    ["fault", "sonnenfeld/inverter-1", "silent=true", "--id", "quiet"], ["fault", "--heal", "quiet"],
                ] {
                    let done = try await lab.ask(words)
                    #expect(done.status == 0, "\(done)")
                }
                let red = try await lab.ask(
                    "do",
                    "- agent: { stop: deichhof }\n- expect: { tunnel: { laptop: anna/laptop, state: down } }")
                #expect(red.status == 1, "\(red)")
                let back = try await lab.ask("do", "agent: { start: deichhof }")
                #expect(back.status == 0, "\(back)")
                // Somebody looks for a while, and somebody else does something meanwhile.
                async let looked = lab.ask(
                    "do", "always: { tunnel: { laptop: anna/laptop, state: up } }\nduring: 3s")
                try await call(lab, "anna", "-X", "PUT", "-d", "", "me/vpn/routes/abendrot~192.168.1.0-24/winner")
                #expect(try await looked.status == 0)
                try await call(lab, "olga", "-X", "POST", "-d", #"{"id":"neu"}"#, "portfolios/nord/plants")

                let record = try await lab.ask("record", "--id", "mine")
                for line in [
                    "  - fault: { plant: sonnenfeld, device: inverter-1, silent: true, id: quiet }",
                    "  - heal: { id: quiet }", "  # this was red, and nobody knows how far it came:",
                    "  #   - agent: { stop: deichhof }", "  - agent: { start: deichhof }",
                    "  - use-park: { as: anna, subnet: 192.168.1.0/24, plant: abendrot }",
                    "  # not in this fixture: unknown plant 'neu'",
                ] {
                    #expect(record.output.contains(line), "\(line)\n\(record)")
                }
                try await Folder.temporary { folder in
                    let run = try await Rig.run("run", try folder.write("mine.scenario.yaml", record.output))
                    #expect(run.status == 0, "\(run)\n\(record.output)")
                }
            }
        }
    }
}
