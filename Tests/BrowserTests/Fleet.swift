import AccessModel
import Addressing
import ControlPlane
import ControlProtocol

/// Nordwind with three plants, Südlicht with one on the same range, shared with anna; ben may go nowhere yet.
enum Fleet {
    static func prefix(_ text: String) -> Prefix {
        guard let prefix = Prefix(text) else { preconditionFailure("\(text) is no prefix") }
        return prefix
    }

    static func key(_ number: UInt8) -> PublicKey {
        guard let key = PublicKey(bytes: (0..<32).map { UInt8($0) &* 7 &+ number }) else { preconditionFailure() }
        return key
    }

    static func key(of plant: PlantID) -> PublicKey {
        key(plant.text.utf8.reduce(100) { $0 &* 31 &+ $1 } | 0x80)
    }

    static var intent: Intent {
        let moment = Timestamp("2026-01-05") ?? .beginning
        var intent = Intent(
            people: [
                "anna": Person(name: "Anna Thalbach"), "ben": Person(name: "Ben Ostermann"),
                "olga": Person(name: "Olga Brandt"), "sven": Person(name: "Sven Lindqvist"),
            ],
            organizations: [
                "nordwind": Organization(
                    name: "Nordwind Energie",
                    members: [
                        "olga": Member(standing: .admin), "anna": Member(jobRole: .operator),
                        "ben": Member(jobRole: .operator),
                    ]),
                "suedlicht": Organization(name: "Südlicht", members: ["sven": Member(standing: .admin)]),
            ],
            portfolios: [
                "sued": Portfolio(name: "Süd", organization: "nordwind"),
                "nord": Portfolio(name: "Nord", organization: "nordwind"),
                "west": Portfolio(name: "West", organization: "suedlicht"),
            ],
            plants: [
                "sonnenfeld": plant("Sonnenfeld", "sued", ["192.168.1.0/24", "10.20.1.0/24"]),
                "weinberg": plant("Weinberg", "sued", ["10.20.0.0/24"]),
                "deichhof": plant("Deichhof", "nord", ["172.16.5.0/24"]),
                "abendrot": plant("Abendrot", "west", ["192.168.1.0/24"]),
            ],
            agents: Dictionary(
                uniqueKeysWithValues: ["sonnenfeld", "weinberg", "deichhof", "abendrot"].map {
                    (AgentID($0), Agent(plant: PlantID($0)))
                }))
        intent.cooperations["suedlicht-nordwind"] = Cooperation(
            owner: "suedlicht", partner: "nordwind", shares: [.plant("abendrot")], members: ["anna"], state: .accepted)
        intent.grants["anna"] = [
            Grant(place: .plant("abendrot"), since: moment.advanced(bySeconds: 86_400)),
            Grant(place: .portfolio("nord"), since: moment), Grant(place: .portfolio("sued"), since: moment),
        ]
        return intent
    }

    /// Adds plants `field-1` and so on to the portfolio in the south, each with a /24 of its own.
    static func add(plants count: Int, to intent: inout Intent) {
        for number in 1...count {
            let range = "10.\(128 + number / 256).\(number % 256).0/24"
            intent.plants[PlantID("field-\(number)")] = plant("Field \(number)", "sued", [range])
        }
    }

    private static func plant(_ name: String, _ portfolio: PortfolioID, _ subnets: [String]) -> Plant {
        Plant(
            name: name, portfolio: portfolio,
            subnets: subnets.map { text in
                let range = prefix(text)
                let address = IPv4Address(number: range.address.number + 20)
                return Subnet(
                    prefix: range,
                    devices: [
                        Device(
                            name: "inverter-1", address: address, type: "inverter",
                            services: [Service(name: "modbus", port: 502)])
                    ])
            })
    }

    /// A rig that stands still, for the looks of its page.
    static let console = LabConsole(
        picture: { _ in
            """
            {"name":"lab","fixture":"A fleet","counters":[],
             "laptops":[{"name":"anna/laptop","person":"anna","address":"203.0.113.50","tunnel":"up","bytes":12345,
               "hasProfile":true,"routes":[{"subnet":"192.168.1.0/24","plant":"sonnenfeld","status":"active"},
               {"subnet":"192.168.1.0/24","plant":"abendrot","status":"conflict"}]},
              {"name":"ben/laptop","person":"ben","address":"203.0.113.60","tunnel":"idle","bytes":0,"hasProfile":false,
               "routes":[]}],
             "plants":[{"plant":"sonnenfeld","agent":"up","subnets":["192.168.1.0/24"],"devices":1},
              {"plant":"abendrot","agent":"down","subnets":["192.168.1.0/24"],"devices":1},
              {"plant":"deichhof","agent":"unprovisioned","subnets":["172.16.5.0/24"],"devices":1}],
             "roles":[{"name":"gateway","isRunning":true},{"name":"control-plane","isRunning":true}],
             "faults":[{"id":"link-1","text":"the uplink of abendrot is cut"}],
             "decisions":[{"sequence":1,"person":"anna","plant":"sonnenfeld","isFromPerson":true,"source":"100.64.0.2",
               "destination":"192.168.1.20","transport":6,"sourcePort":40000,"destinationPort":502,"verdict":"forwarded",
               "isForwarded":true,"revision":3,"bytes":60},
              {"sequence":2,"person":"ben","isFromPerson":true,"source":"100.64.0.3","destination":"192.168.1.20",
               "transport":1,"sourcePort":7,"destinationPort":0,"verdict":"noPermission","isForwarded":false,"revision":3,
               "bytes":84}]}
            """
        }, perform: { _ in })

    static func seed(_ change: (inout Seed) -> Void = { _ in }) -> Seed {
        var settings = ControlSettings()
        settings.urgentWaitSeconds = 1
        settings.mtu = 1420
        let intent = intent
        let people = intent.people.keys.sorted()
        var seed = Seed(
            intent: intent,
            tokens: people.map { Seed.Token(secret: "token-of-\($0)", principal: .person($0)) } + [
                Seed.Token(secret: "token-of-gateway", principal: .gateway),
                Seed.Token(secret: "token-of-lab", principal: .lab),
            ],
            enrolments: intent.agents.keys.sorted().map { Seed.EnrolmentToken(secret: "enrol-\($0)", agent: $0) },
            gateway: GatewayAddress(publicKey: key(200), endpoint: Endpoint(IPv4Address(203, 0, 113, 1), 51820)),
            settings: settings)
        change(&seed)
        return seed
    }
}
