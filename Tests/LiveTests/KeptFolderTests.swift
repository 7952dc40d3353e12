import Foundation
import Testing

extension LiveTests {
    @Suite("A folder that outlives its lab", .serialized)
    struct KeptFolderTests {
        @Test("people come back as they were: on another laptop, deactivated, without a certificate; one lab at a time")
        func people() async throws {
            try await Folder.temporary { folder in
                let kept = ["--data", folder.path + "/kept"]
                var profile = ""
                try await TestLab.serving("Fixtures/sites/two-people.yaml", kept) { lab in
                    for step in [
                        "rotate: { for: anna, laptop: phone }", "sync: { now: true }", "deactivate: { for: ben }",
                    ] {
                        let done = try await lab.ask("do", step)
                        #expect(done.status == 0, "\(step): \(done)")
                    }
                    profile = try await lab.ask("conf", "anna/phone").output
                    let second = try await Rig.run(
                        ["up", "Fixtures/sites/two-people.yaml", "--name", Rig.freeName()] + kept)
                    #expect(second.status == 3 && second.errors.contains("is in use by another lab"), "\(second)")
                    let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/kept")
                    #expect(mode[.posixPermissions] as? Int == 0o700)
                }
                try await TestLab.serving("Fixtures/sites/two-people.yaml", kept) { lab in
                    #expect(profile.contains("PrivateKey = "))
                    #expect(try await lab.ask("conf", "anna/phone").output == profile)
                    let up = try await lab.ask(
                        "do", "eventually: { tunnel: { laptop: anna/phone, state: up } }\nwithin: 5s")
                    #expect(up.status == 0, "\(up)")
                    let tunnels = try await lab.status().laptops.filter { $0.name.hasPrefix("ben") }.map(\.tunnel)
                    #expect(tunnels == ["down"])
                    let revoked = try await lab.ask("do", "revoke: { for: anna }")
                    #expect(revoked.status == 0, "\(revoked)")
                }
                try await TestLab.serving("Fixtures/sites/two-people.yaml", kept) { lab in
                    let gone = try await lab.ask("do", "- expect: { certificate: { for: anna, state: none } }")
                    #expect(gone.status == 0, "\(gone)")
                    // A list begins with a dash, as options do.
                    let wrong = try await lab.ask("do", "- expect: { certificate: { for: anna, state: issued } }")
                    #expect(wrong.status == 1, "\(wrong)")
                }
            }
        }

        @Test("what is damaged, and a name that no lab can bear, is named")
        func damaged() async throws {
            try await Folder.temporary { folder in
                let kept = folder.path + "/kept"
                let words = ["up", "Fixtures/sites/one-plant.yaml", "--name", Rig.freeName()]
                try await TestLab.serving("Fixtures/sites/one-plant.yaml", ["--data", kept]) { _ in }
                try Data("nonsense".utf8).write(to: URL(filePath: kept + "/faults.json"))
                let faults = try await Rig.run(words + ["--data", kept])
                #expect(faults.status == 3 && faults.errors.contains("faults.json is damaged: delete it"), "\(faults)")
                try FileManager.default.moveItem(atPath: kept + "/lab.json", toPath: folder.path + "/lab.json")
                let secrets = try await Rig.run(words + ["--data", kept])
                #expect(secrets.status == 3 && secrets.errors.contains("lab.json is gone"), "\(secrets)")
                try FileManager.default.moveItem(atPath: folder.path + "/lab.json", toPath: kept + "/lab.json")
                for name in try FileManager.default.contentsOfDirectory(atPath: kept)
                where name.hasPrefix("control-plane.sqlite") {
                    try FileManager.default.removeItem(atPath: "\(kept)/\(name)")
                }
                let database = try await Rig.run(words + ["--data", kept])
                #expect(database.status == 3 && database.errors.contains("sqlite is gone"), "\(database)")
                let nowhere = try await Rig.run(words + ["--data", ""])
                #expect(nowhere.status == 64 && nowhere.errors.contains("--data takes a folder"), "\(nowhere)")
            }
            let name = try await Rig.run(["up", "Fixtures/sites/one-plant.yaml", "--name", "a/b"])
            #expect(name.status == 64 && name.errors.contains("--name takes up to 60 letters"), "\(name)")
        }
    }
}
