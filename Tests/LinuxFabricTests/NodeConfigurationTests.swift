import Addressing
import LinuxFabric
import Testing

@Suite struct NodeConfigurationTests {
    @Test("A plant, as a person would type it")
    func plant() {
        let plant = NodeConfiguration.plant(subnets: [lan], devices: [inverter], agent: agent, pool: pool)
        #expect(
            plant.commands == [
                "ip tuntap add tun0 mode tun",
                "ip link set lo up",
                "ip address replace 192.168.1.20/32 dev lo",
                "ip address replace 192.168.1.1/32 dev lo",
                "ip link set tun0 mtu 1420 up",
                "ip route replace 100.64.0.0/10 dev tun0",
                "ip route replace unreachable default table devices",
                "ip rule add fwmark 1 priority 900 lookup main",
                "ip rule add from 192.168.1.0/24 priority 1000 lookup devices",
                "nft add rule ip mirox input iifname tun0 ip saddr 100.64.0.0/10 ct mark set 1 snat to 192.168.1.1",
            ])
    }

    @Test("A plant with two agents: a tunnel for each, and answers go back into the one that the question came by")
    func twoAgents() {
        let plant = NodeConfiguration.plant(
            subnets: [lan], devices: [inverter], agent: agent, secondAgent: person, pool: pool)
        #expect(
            plant.commands == [
                "ip tuntap add tun0 mode tun", "ip tuntap add tun1 mode tun",
                "ip link set lo up",
                "ip address replace 192.168.1.20/32 dev lo",
                "ip address replace 192.168.1.1/32 dev lo",
                "ip address replace \(person)/32 dev lo",
                "ip link set tun0 mtu 1420 up", "ip link set tun1 mtu 1420 up",
                "ip route replace 100.64.0.0/10 dev tun0",
                "ip route replace unreachable default table devices",
                "ip route replace 100.64.0.0/10 dev tun1 table second-agent",
                "ip rule add fwmark 1 priority 900 lookup main",
                "ip rule add fwmark 2 priority 901 lookup second-agent",
                "ip rule add from 192.168.1.0/24 priority 1000 lookup devices",
                "nft add rule ip mirox input iifname tun0 ip saddr 100.64.0.0/10 ct mark set 1 snat to 192.168.1.1",
                "nft add rule ip mirox input iifname tun1 ip saddr 100.64.0.0/10 ct mark set 2 snat to \(person)",
            ])
    }

    @Test("A routed plant whose devices have the agent as their gateway")
    func routedPlant() {
        let plant = NodeConfiguration.plant(
            subnets: [lan], devices: [inverter, agent], agent: agent, pool: pool, mode: .routed,
            devicesUseAgentAsGateway: true)
        #expect(
            plant.commands.suffix(4) == [
                "ip route replace 100.64.0.0/10 dev tun0",
                "ip route replace unreachable default table devices",
                "ip route replace 100.64.0.0/10 dev tun0 table devices",
                "ip rule add from 192.168.1.0/24 priority 1000 lookup devices",
            ])
    }

    @Test("A laptop with a home LAN that clashes with an allowed prefix keeps its LAN")
    func laptop() throws {
        let other = try #require(Prefix("10.0.0.0/8"))
        let home = InterfaceAddress(IPv4Address(192, 168, 1, 77), length: 24)
        #expect(
            NodeConfiguration.laptop(tunnel: person, allowed: [other, lan], home: home).commands == [
                "ip tuntap add tun0 mode tun", "ip tuntap add lan0 mode tun",
                "ip link set lo up",
                "ip address replace 100.64.0.5/32 dev tun0", "ip link set tun0 mtu 1420 up",
                "ip address replace 192.168.1.77/24 dev lan0", "ip link set lan0 mtu 1500 up",
                "ip route replace 10.0.0.0/8 dev tun0",
            ])
    }

    @Test("The internet owns whole prefixes")
    func internet() throws {
        let wan = try #require(Prefix("198.18.0.0/15"))
        #expect(
            NodeConfiguration.internet([wan]).commands == [
                "ip link set lo up", "ip route replace local 198.18.0.0/15 dev lo table local",
            ])
    }
}
