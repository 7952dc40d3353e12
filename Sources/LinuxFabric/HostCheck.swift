import Glibc

/// One thing that the rig needs of its host, looked at for real.
package struct HostCheck: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case fine(String)
        /// Something is missing that only some features need.
        case optional(String)
        case problem(String)
    }

    package let subject: String
    package let outcome: Outcome
    /// What to type when it is not fine.
    package let remedy: String?

    package var isProblem: Bool {
        if case .problem = outcome { true } else { false }
    }

    /// Looks at everything, in a fixed order; takes some milliseconds.
    package static func all() -> [HostCheck] {
        labs() + [tunFile(), openFiles()] + tools.map(tool)
    }

    /// Makes a lab, with TUN and nft in it, and takes it away.
    ///
    /// One check for each of the three, of which the first to fail leaves the later ones unknown.
    static func labs() -> [HostCheck] {
        do throws(EnvironmentProblem) {
            try Lab.tryOut()
            return labChecks(problem: nil)
        } catch {
            return labChecks(problem: error)
        }
    }

    static func labChecks(problem: EnvironmentProblem?) -> [HostCheck] {
        let subjects: [(name: String, fine: String, failsAt: (EnvironmentProblem.Step) -> Bool)] = [
            ("namespaces", "user, network, mount and PID namespaces can be made", { $0 != .tun && $0 != .nft }),
            ("TUN devices", "a TUN device can be made in a namespace", { $0 == .tun }),
            ("nft", "nft rules can be set in a namespace", { $0 == .nft }),
        ]
        var checks: [HostCheck] = []
        var hasFailed = false
        for subject in subjects {
            if hasFailed {
                checks.append(
                    HostCheck(subject: subject.name, outcome: .problem("not tried: see above"), remedy: nil))
            } else if let problem, subject.failsAt(problem.step) {
                hasFailed = true
                let known = problem.cause == .unknown ? "" : " (\(problem.cause.rawValue))"
                let text = "\(problem.action): \(LinuxError.text(problem.number))\(known)"
                checks.append(HostCheck(subject: subject.name, outcome: .problem(text), remedy: problem.remedy))
            } else {
                checks.append(HostCheck(subject: subject.name, outcome: .fine(subject.fine), remedy: nil))
            }
        }
        return checks
    }

    private static func tunFile() -> HostCheck {
        let path = "/dev/net/tun"
        if access(path, R_OK | W_OK) == 0 {
            return HostCheck(subject: path, outcome: .fine("can be opened"), remedy: nil)
        }
        let remedy =
            errno == EACCES
            ? "sudo chmod 666 \(path)" : "sudo modprobe tun; in a container: docker run --device \(path) …"
        return HostCheck(subject: path, outcome: .problem(LinuxError.text(errno)), remedy: remedy)
    }

    /// 12 descriptors a plant, and some hundred for everything else.
    private static func openFiles() -> HostCheck {
        let enough = 4096
        guard let limit = try? OpenFiles.hardLimit() else {
            return HostCheck(subject: "open files", outcome: .problem("the limit cannot be read"), remedy: nil)
        }
        let text = "hard limit \(limit), enough for about \(max(0, limit - 400) / 12) plants"
        return limit >= enough
            ? HostCheck(subject: "open files", outcome: .fine(text), remedy: nil)
            : HostCheck(subject: "open files", outcome: .optional(text), remedy: "ulimit -Hn 20000 (as root)")
    }

    private static let tools: [(program: String, purpose: String, package: String)] = [
        ("ssh", "shells on service devices", "openssh-client"),
        ("curl", "HTTP by hand", "curl"),
        ("mbpoll", "Modbus by hand", "mbpoll"),
        ("wireguard-go", "the stock-client test", "wireguard-go"),
        ("wg", "the stock-client test and looking at tunnels", "wireguard-tools"),
    ]

    private static func tool(_ tool: (program: String, purpose: String, package: String)) -> HostCheck {
        let folders = (ProcessEnvironment.current["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        if let folder = folders.first(where: { access("\($0)/\(tool.program)", X_OK) == 0 }) {
            return HostCheck(subject: tool.program, outcome: .fine("\(folder)/\(tool.program)"), remedy: nil)
        }
        return HostCheck(
            subject: tool.program, outcome: .optional("not found; for \(tool.purpose)"),
            remedy: "sudo apt install \(tool.package)")
    }
}
