import Addressing

/// What a command line of the small shell comes to.
///
/// The set is small and honest: what is not here is not found, and no output is made up of what is not there.
enum ShellCommand: Hashable, Sendable {
    struct Result: Hashable, Sendable {
        var output = ""
        var errors = ""
        var status: Int32 = 0
    }

    case finished(Result)
    case sleep(seconds: Double)
    /// One line every so often, for ever; after some text at once.
    case follow(intervalSeconds: Double)
    case exit(status: Int32?)

    static let names = [
        "cat", "date", "echo", "exit", "heartbeat", "help", "hostname", "ip", "ls", "mkdir", "pwd", "rm", "rmdir",
        "sleep", "tail", "touch", "uname", "uptime", "whoami",
    ]

    private static let intervals = 0.05...3600.0

    /// Reads and, where that takes no time, runs a line.
    static func run(_ line: String, as user: String, on host: ServiceHost, reachedAt address: IPv4Address?)
        -> ShellCommand
    {
        guard let words = words(line) else { return failed("sh: unterminated quote", 2) }
        guard let name = words.first else { return .finished(Result()) }
        let arguments = Array(words.dropFirst())
        let home = "/home/\(user)"
        switch name {
        case "cat": return cat(arguments, host, home)
        case "date": return printed(host.clock.now.iso8601(utcOffsetMinutes: 0) + "\n")
        case "echo": return printed(arguments.joined(separator: " ") + "\n")
        case "exit", "logout": return exit(arguments)
        case "heartbeat": return heartbeat(arguments)
        case "help": return printed(names.joined(separator: " ") + "\n")
        case "hostname": return printed(host.name + "\n")
        case "ip": return ip(arguments, host, address)
        case "ls": return list(arguments, host, home)
        case "mkdir", "rm", "rmdir", "touch": return change(name, arguments, host, home)
        case "pwd": return printed(home + "\n")
        case "sleep": return sleep(arguments)
        case "tail": return tail(arguments, host, home)
        case "uname": return uname(arguments, host)
        case "uptime": return printed(host.uptime())
        case "whoami": return printed(user + "\n")
        default: return failed("sh: \(name): command not found", 127)
        }
    }

    /// Words as a shell splits them; nil when a quote is not closed.
    ///
    /// Quotes hold together, a backslash takes the next character as it is; operators have no meaning.
    static func words(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if let open = quote {
                if character == open {
                    quote = nil
                } else if character == "\\", open == "\"" {
                    isEscaped = true
                } else {
                    word = (word ?? "") + String(character)
                }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == "\\" {
                isEscaped = true
            } else if character == " " || character == "\t" {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        if let word { words.append(word) }
        return words
    }

    private static func printed(_ text: String) -> ShellCommand { .finished(Result(output: text)) }

    private static func failed(_ message: String, _ status: Int32) -> ShellCommand {
        .finished(Result(errors: message + "\n", status: status))
    }

    private static func cat(_ paths: [String], _ host: ServiceHost, _ home: String) -> ShellCommand {
        guard !paths.isEmpty else { return failed("usage: cat FILE...", 2) }
        var result = Result()
        for path in paths {
            do throws(ServiceFiles.Failure) {
                let bytes = try host.files.read(ServiceFiles.normal(path, in: home), count: textLimitBytes)
                result.output += String(decoding: bytes, as: UTF8.self)
            } catch {
                result.errors += "cat: \(path): \(error.words)\n"
                result.status = 1
            }
        }
        return .finished(result)
    }

    /// More of a file than this is not shown; `scp` fetches all of it.
    private static let textLimitBytes = 65_536

    private static func list(_ arguments: [String], _ host: ServiceHost, _ home: String) -> ShellCommand {
        let path = arguments.first { !$0.hasPrefix("-") } ?? home
        let isLong = arguments.contains { $0.hasPrefix("-") && $0.contains("l") }
        let place = ServiceFiles.normal(path, in: home)
        guard let attributes = host.files.attributes(of: place) else {
            return failed("ls: cannot access '\(path)': No such file or directory", 2)
        }
        let names = attributes.isDirectory ? (try? host.files.names(in: place)) ?? [] : [path]
        return printed(
            names.map { name in
                let own = attributes.isDirectory ? ServiceFiles.normal(name, in: place) : place
                guard isLong, let attributes = host.files.attributes(of: own) else { return name + "\n" }
                return ServiceFiles.line(name, attributes) + "\n"
            }.joined())
    }

    private static func change(
        _ name: String, _ arguments: [String], _ host: ServiceHost, _ home: String
    ) -> ShellCommand {
        let paths = arguments.filter { !$0.hasPrefix("-") }
        guard !paths.isEmpty else { return failed("usage: \(name) PATH...", 1) }
        var result = Result()
        for path in paths {
            let place = ServiceFiles.normal(path, in: home)
            do throws(ServiceFiles.Failure) {
                switch name {
                case "mkdir": try host.files.makeDirectory(place)
                case "touch": try host.files.open(place, creates: true, isNew: false, empties: false)
                default: try host.files.remove(place, isDirectory: name == "rmdir")
                }
            } catch {
                result.errors += "\(name): \(path): \(error.words)\n"
                result.status = 1
            }
        }
        return .finished(result)
    }

    private static func exit(_ arguments: [String]) -> ShellCommand {
        guard let text = arguments.first else { return .exit(status: nil) }
        guard let status = Int32(text) else { return failed("exit: \(text): numeric argument required", 2) }
        return .exit(status: status & 255)
    }

    private static func heartbeat(_ arguments: [String]) -> ShellCommand {
        guard let text = arguments.first else { return .follow(intervalSeconds: 1) }
        guard let seconds = Double(text), intervals.contains(seconds) else {
            return failed("heartbeat: \(text): not an interval from 0.05 to 3600 seconds", 2)
        }
        return .follow(intervalSeconds: seconds)
    }

    private static func ip(_ arguments: [String], _ host: ServiceHost, _ address: IPv4Address?) -> ShellCommand {
        guard let first = arguments.first, first.count <= 7, "address".hasPrefix(first) else {
            return failed("usage: ip addr", 255)
        }
        return printed(host.addresses(reachedAt: address))
    }

    private static func sleep(_ arguments: [String]) -> ShellCommand {
        guard let text = arguments.first, let seconds = Double(text), (0...86_400).contains(seconds) else {
            return failed("usage: sleep SECONDS", 1)
        }
        return .sleep(seconds: seconds)
    }

    private static func tail(_ arguments: [String], _ host: ServiceHost, _ home: String) -> ShellCommand {
        guard let path = arguments.last, path != "-f" else { return failed("usage: tail [-f] FILE", 2) }
        let place = ServiceFiles.normal(path, in: home)
        guard let bytes = try? host.files.read(place, count: textLimitBytes) else {
            return failed("tail: cannot open '\(path)' for reading: No such file or directory", 1)
        }
        guard arguments.first == "-f" else { return printed(String(decoding: bytes, as: UTF8.self)) }
        // Only the log grows; another file would show nothing for ever, which is what tail does.
        return place == ServiceHost.logPath ? .follow(intervalSeconds: 5) : .sleep(seconds: 86_400)
    }

    private static func uname(_ arguments: [String], _ host: ServiceHost) -> ShellCommand {
        switch arguments {
        case []: printed(host.systemName(all: false))
        case ["-a"]: printed(host.systemName(all: true))
        case ["-n"]: printed(host.name + "\n")
        default: failed("usage: uname [-a | -n]", 1)
        }
    }
}
