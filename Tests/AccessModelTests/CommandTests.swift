import AccessModel
import Addressing
import TestRequirements
import Testing

@Suite struct CommandTests {
    private var intent: Intent {
        var intent = Intent(
            people: ["anna": Person(name: "Anna"), "olga": Person(name: "Olga"), "eve": Person(name: "Eve")],
            organizations: [
                "own": Organization(
                    name: "Own", members: ["olga": Member(standing: .admin), "anna": Member(jobRole: .operator)]),
                "other": Organization(name: "Other"),
            ],
            portfolios: [
                "folio": Portfolio(name: "F", organization: "own"),
                "far": Portfolio(name: "Far", organization: "other"),
            ],
            plants: [
                "park": Plant(name: "Park", portfolio: "folio", subnets: [Subnet(prefix: prefix("10.0.0.0/24"))]),
                "away": Plant(name: "Away", portfolio: "far", subnets: [Subnet(prefix: prefix("10.1.0.0/24"))]),
            ],
            agents: ["agent": Agent(plant: "park")])
        intent.grants["anna"] = [Grant(place: .organization("own"))]
        return intent
    }

    private func refusal(_ command: Command, in intent: Intent? = nil) -> CommandError.Code? {
        var intent = intent ?? self.intent
        let before = intent
        do {
            try intent.apply(command, at: .beginning)
            return nil
        } catch {
            #expect(intent == before)
            return error.code
        }
    }

    @Test(
        "A22: ranges that no plant may have are refused", .covers("A22"),
        arguments: [
            "0.0.0.0/0", "100.64.0.0/10", "100.64.3.0/24", "127.0.0.0/8", "169.254.1.0/24", "224.0.0.0/8", "8.8.8.0/24",
            "198.18.0.0/16", "192.168.0.0/15",
        ])
    func refusedRange(_ text: String) {
        #expect(refusal(.addSubnet("park", prefix(text))) == .refusedRange)
    }

    @Test(
        "A22: private ranges are good", .covers("A22"),
        arguments: ["10.0.0.0/8", "172.16.0.0/12", "192.168.4.0/24", "10.1.2.3/32"])
    func goodRange(_ text: String) {
        #expect(refusal(.addSubnet("park", prefix(text))) == nil)
    }

    @Test(
        "R18: a weak key is refused, with its high bit set or not", .covers("R18"),
        arguments: [
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA=", "X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc=",
            "7P///////////////////////////////////////38=", "7f///////////////////////////////////////38=",
            "7v///////////////////////////////////////38=",
        ])
    func lowOrder(_ text: String) throws {
        let weak = try #require(PublicKey(text))
        #expect(refusal(.issueCertificate("anna", weak)) == .invalidKey)
        var bytes = weak.bytes
        bytes[31] |= 0x80
        #expect(try #require(PublicKey(bytes: bytes)).isLowOrder)
        #expect(!key(9).isLowOrder)
    }

    @Test("R18: a key of another peer, or one that was used up, is refused", .covers("R18"))
    func usedKeys() throws {
        var intent = intent
        try intent.apply(.enrolAgent("agent", key(50)), at: .beginning)
        try intent.apply(.issueCertificate("anna", key(1)), at: .beginning)
        #expect(refusal(.issueCertificate("eve", key(1)), in: intent) == .keyInUse)
        #expect(refusal(.issueCertificate("eve", key(50)), in: intent) == .keyInUse)
        #expect(refusal(.enrolAgent("agent", key(1)), in: intent) == .keyInUse)
        try intent.apply(.rotateCertificate("anna", key(2)), at: .beginning)
        #expect(refusal(.rotateCertificate("anna", key(1)), in: intent) == .keyRetired)
        try intent.apply(.revokeCertificate("anna"), at: .beginning)
        #expect(refusal(.issueCertificate("anna", key(2)), in: intent) == .keyRetired)
        #expect(refusal(.issueCertificate("anna", key(3)), in: intent) == nil)
    }

    @Test("R65: a returned tunnel address rests until the pool went round", .covers("R65"))
    func tunnelAddresses() throws {
        var intent = intent
        intent.policy.pool = prefix("100.64.0.0/29")
        var given: [IPv4Address] = []
        for number in 1...6 as ClosedRange<UInt8> {
            try intent.apply(.issueCertificate("anna", key(number)), at: .beginning)
            given.append(try #require(intent.certificates["anna"]?.tunnelAddress))
            try intent.apply(.revokeCertificate("anna"), at: .beginning)
        }
        #expect(given.map(\.description) == (2...6).map { "100.64.0.\($0)" } + ["100.64.0.2"])
    }

    @Test("R74: what was received by cooperation cannot be shared on, nor a whole organisation", .covers("R74"))
    func noReshare() {
        func propose(_ place: Place) -> Command {
            .proposeCooperation("c", owner: "own", partner: "other", shares: [place], cap: .operator, members: [])
        }
        #expect(refusal(propose(.plant("away"))) == .notShareable)
        #expect(refusal(propose(.organization("own"))) == .notShareable)
        #expect(refusal(propose(.plant("park"))) == nil)
    }

    @Test("A25: the id of a deleted plant is not given again, and its grants are gone", .covers("A25"))
    func deletedPlant() throws {
        var intent = intent
        try intent.apply(.grant("anna", .plant("park"), since: nil), at: .beginning)
        try intent.apply(.deletePlant("park"), at: .beginning)
        #expect(intent.grants["anna"]?.map(\.place) == [.organization("own")])
        #expect(intent.agents["agent"]?.isProvisioned == false)
        #expect(refusal(.createPlant("park", name: "Park", portfolio: "folio", place: nil), in: intent) == .idRetired)
    }

    @Test("A grant needs a membership from which it can become a way in", .covers("R72"))
    func grantNeedsMembership() {
        #expect(refusal(.grant("eve", .plant("park"), since: nil)) == .notAMember)
        #expect(refusal(.grant("anna", .plant("away"), since: nil)) == .notAMember)
        #expect(refusal(.grant("anna", .plant("nowhere"), since: nil)) == .unknownPlant)
        #expect(refusal(.grant("anna", .organization("own"), since: nil)) == .exists)
    }

    @Test("A cooperation is accepted, paused and resumed; what has ended stays so", .covers("R73"))
    func cooperationStates() throws {
        var intent = intent
        intent.cooperations["c"] = Cooperation(owner: "own", partner: "other", shares: [.plant("park")])
        #expect(refusal(.setCooperationState("c", .paused), in: intent) == .wrongState)
        for state in [.accepted, .paused, .accepted, .ended] as [Cooperation.State] {
            try intent.apply(.setCooperationState("c", state), at: .beginning)
        }
        #expect(refusal(.setCooperationState("c", .accepted), in: intent) == .wrongState)
    }

    @Test("The last admin of an organisation stays")
    func lastAdmin() {
        #expect(refusal(.removeMember("own", "olga")) == .lastAdmin)
        #expect(refusal(.setMember("own", "olga", standing: .member, jobRole: .none)) == .lastAdmin)
    }

    @Test(
        "Names are fit for paths", arguments: ["", "Park", "a/b", "-x", ".x", "ü", String(repeating: "a", count: 64)])
    func badName(_ name: String) {
        #expect(refusal(.createPerson(PersonID(name), name: "x")) == .invalidName)
    }

    @Test("An intent survives JSON, and every command does")
    func codable() throws {
        var intent = intent
        try intent.apply(.issueCertificate("anna", key(1)), at: .beginning)
        try intent.apply(.revokeCertificate("anna"), at: .beginning)
        #expect(try roundTrip(intent) == intent)
        let command = Command.proposeCooperation(
            "c", owner: "own", partner: "other", shares: [.plant("park"), .portfolio("folio")], cap: .viewer,
            members: ["anna"])
        #expect(try roundTrip(command) == command)
    }
}
