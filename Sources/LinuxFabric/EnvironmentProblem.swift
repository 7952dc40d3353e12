import CLinux
import Glibc

/// Why a lab cannot be had on this machine: the step that failed, the cause if it is a known one, and what to type.
package struct EnvironmentProblem: Error, Hashable, Sendable {
    /// The steps of starting and entering a lab, numbered as in CLinux.
    package enum Step: Int32, Hashable, Sendable, CaseIterable {
        case fork = 1
        case userNamespace
        case identityMap
        case otherNamespaces
        case deathSignal
        case initProcess
        case privateMounts
        case proc
        case run
        case loopback
        case tun
        case nft
        case exec
        case joinProcess
        case joinLab
        case joinNode
    }

    /// What is known to forbid labs.
    package enum Cause: String, Hashable, Sendable {
        case userNamespaceLimit = "user.max_user_namespaces"
        case networkNamespaceLimit = "user.max_net_namespaces"
        case appArmor = "AppArmor"
        case debianSwitch = "kernel.unprivileged_userns_clone"
        case seccomp = "seccomp"
        case maskedProc = "masked /proc"
        case noTun = "/dev/net/tun"
        case noNft = "nf_tables"
        case otherUser = "another user's lab"
        case labGone = "no such lab"
        case noNode = "no such node"
        case noProgram = "no such program"
        case unknown
    }

    package let step: Step
    /// The errno of that step.
    package let number: Int32
    package let cause: Cause

    package init(step: Step, number: Int32) {
        self.init(step: step, number: number, machine: .read())
    }

    init(step: Step, number: Int32, machine: MachineFacts) {
        self.step = step
        self.number = number
        cause = Self.cause(of: step, number, on: machine)
    }

    private static func cause(of step: Step, _ number: Int32, on machine: MachineFacts) -> Cause {
        switch step {
        case .userNamespace, .identityMap, .otherNamespaces, .privateMounts, .loopback, .run:
            namespaceCause(step, number, on: machine)
        case .proc: number == EPERM ? .maskedProc : .unknown
        case .tun: .noTun
        case .nft: .noNft
        case .joinProcess: number == ESRCH ? .labGone : .unknown
        case .joinLab: number == EPERM ? .otherUser : number == ESRCH ? .labGone : .unknown
        case .joinNode: number == ENOENT ? .noNode : .unknown
        case .exec: number == ENOENT ? .noProgram : .unknown
        case .fork, .deathSignal, .initProcess: .unknown
        }
    }

    private static func namespaceCause(_ step: Step, _ number: Int32, on machine: MachineFacts) -> Cause {
        if number == ENOSPC || number == EUSERS {
            return step == .userNamespace ? .userNamespaceLimit : .networkNamespaceLimit
        }
        guard number == EPERM || number == EACCES else { return .unknown }
        if machine.debianSwitch == 0, !machine.isRoot, step == .userNamespace { return .debianSwitch }
        if machine.appArmorRestricts, !machine.isRoot { return .appArmor }
        return machine.hasSeccompFilter ? .seccomp : .unknown
    }
}

extension EnvironmentProblem {
    /// What was being done.
    package var action: String {
        switch step {
        case .fork: "starting a process"
        case .userNamespace: "making a user namespace"
        case .identityMap: "mapping the user in a new user namespace"
        case .otherNamespaces: "making network, mount and PID namespaces"
        case .deathSignal: "tying the lab's life to this program"
        case .initProcess: "starting the lab's init"
        case .privateMounts: "making mounts private"
        case .proc: "mounting /proc"
        case .run: "mounting /run"
        case .loopback: "setting up the lab's internet"
        case .tun: "making a TUN device"
        case .nft: "setting nft rules"
        case .exec: "running the program"
        case .joinProcess: "finding the lab's init"
        case .joinLab: "entering the lab"
        case .joinNode: "entering the node's network"
        }
    }

    /// What to type or to do about it; `nil` when the cause is not a known one.
    package var remedy: String? {
        switch cause {
        case .userNamespaceLimit: "sudo sysctl -w user.max_user_namespaces=10000"
        case .networkNamespaceLimit: "sudo sysctl -w user.max_net_namespaces=10000 user.max_mnt_namespaces=10000"
        case .appArmor: "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        case .debianSwitch: "sudo sysctl -w kernel.unprivileged_userns_clone=1"
        case .seccomp: "in a container: docker run --security-opt seccomp=unconfined …"
        case .maskedProc: "in a container: docker run --security-opt systempaths=unconfined …"
        case .noTun:
            "sudo modprobe tun && sudo chmod 666 /dev/net/tun; in a container: docker run --device /dev/net/tun …"
        case .noNft: "sudo modprobe -a nf_tables nft_chain_nat nft_ct"
        case .otherUser: "enter it as the user who started it"
        case .labGone: "mirox-rig status"
        case .noNode: "mirox-rig status"
        case .noProgram, .unknown: nil
        }
    }
}

extension EnvironmentProblem: CustomStringConvertible {
    package var description: String {
        let known = cause == .unknown ? "" : " (\(cause.rawValue))"
        let remedy = remedy.map { "; try: \($0)" } ?? ""
        return "\(action): \(LinuxError.text(number))\(known)\(remedy)"
    }
}

/// What this machine says about itself where namespaces are concerned.
struct MachineFacts: Hashable, Sendable {
    var isRoot = false
    var appArmorRestricts = false
    /// Of kernels that have Debian's switch: 0 forbids.
    var debianSwitch: Int?
    var hasSeccompFilter = false

    static func read() -> MachineFacts {
        let status = TextFile.read("/proc/self/status") ?? ""
        let seccomp = status.split(separator: "\n").first { $0.hasPrefix("Seccomp:") }
        return MachineFacts(
            isRoot: geteuid() == 0,
            appArmorRestricts: TextFile.number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1,
            debianSwitch: TextFile.number("/proc/sys/kernel/unprivileged_userns_clone"),
            hasSeccompFilter: seccomp?.hasSuffix("2") ?? false)
    }
}

/// Small files of /proc.
enum TextFile {
    static func read(_ path: String) -> String? {
        guard let file = try? Descriptor.open(path) else { return nil }
        var bytes: [UInt8] = []
        var portion = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(file.number, &portion, portion.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += portion[..<count]
        }
    }

    static func number(_ path: String) -> Int? {
        read(path).flatMap { text in Int(text.split(whereSeparator: \.isWhitespace).first ?? "") }
    }
}
