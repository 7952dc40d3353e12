import Glibc
import Testing

@testable import LinuxFabric

@Suite struct HostCheckTests {
    @Test("This machine can hold a lab")
    func here() throws {
        try Lab.tryOut()
        let checks = HostCheck.all()
        #expect(checks.filter(\.isProblem) == [])
        #expect(checks.prefix(3).map(\.subject) == ["namespaces", "TUN devices", "nft"])
        #expect(checks.map(\.subject).suffix(5) == ["ssh", "curl", "mbpoll", "wireguard-go", "wg"])
    }

    @Test("What fails at one step leaves the earlier checks fine and the later ones untried")
    func partial() {
        let problem = EnvironmentProblem(step: .tun, number: ENOENT, machine: MachineFacts())
        let checks = HostCheck.labChecks(problem: problem)
        #expect(!checks[0].isProblem)
        #expect(checks[1].outcome == .problem("making a TUN device: No such file or directory (/dev/net/tun)"))
        #expect(checks[1].remedy?.contains("modprobe tun") == true)
        #expect(checks[2].outcome == .problem("not tried: see above"))
    }

    @Test(
        "The known causes are told apart, each with what to type",
        arguments: [
            (
                EnvironmentProblem.Step.userNamespace, ENOSPC, MachineFacts(),
                EnvironmentProblem.Cause.userNamespaceLimit
            ),
            (.otherNamespaces, ENOSPC, MachineFacts(), .networkNamespaceLimit),
            (.identityMap, EPERM, MachineFacts(appArmorRestricts: true), .appArmor),
            (.otherNamespaces, EPERM, MachineFacts(appArmorRestricts: true), .appArmor),
            (.userNamespace, EPERM, MachineFacts(debianSwitch: 0), .debianSwitch),
            (.userNamespace, EPERM, MachineFacts(isRoot: true, hasSeccompFilter: true), .seccomp),
            (.proc, EPERM, MachineFacts(), .maskedProc),
            (.tun, EACCES, MachineFacts(), .noTun),
            (.nft, EOPNOTSUPP, MachineFacts(), .noNft),
            (.joinLab, EPERM, MachineFacts(), .otherUser),
        ])
    func causes(
        step: EnvironmentProblem.Step, number: Int32, machine: MachineFacts, cause: EnvironmentProblem.Cause
    ) throws {
        let problem = EnvironmentProblem(step: step, number: number, machine: machine)
        #expect(problem.cause == cause)
        let remedy = try #require(problem.remedy)
        #expect(problem.description.hasSuffix("(\(cause.rawValue)); try: \(remedy)"))
    }

    @Test("A step without a known cause says only what it knows")
    func unknown() {
        let problem = EnvironmentProblem(step: .userNamespace, number: ENOMEM, machine: MachineFacts())
        #expect(problem.cause == .unknown)
        #expect(problem.remedy == nil)
        #expect(problem.description == "making a user namespace: Cannot allocate memory")
    }
}
