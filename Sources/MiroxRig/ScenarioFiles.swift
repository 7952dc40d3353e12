import ArgumentParser
import Foundation
import ScenarioModel
import ScenarioRunner

/// Scenario and fixture files on disk.
enum ScenarioFiles {
    static let suffix = ".scenario.yaml"

    /// Every scenario file that the arguments name: files as they are, folders with all below them, each once, in order.
    static func find(_ arguments: [String]) throws -> [String] {
        var found: [String] = []
        for argument in arguments {
            let path = PathArgument(argument).path
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw RigFault.ending(2, "there is no file or folder '\(path)'")
            }
            // With the slash, a link to a folder is looked into as well.
            let below = isFolder.boolValue ? FileManager.default.subpaths(atPath: path.trailed) ?? [] : []
            let scenarios = below.filter { $0.hasSuffix(suffix) }.sorted().map { path.trailed + $0 }
            found += isFolder.boolValue ? scenarios : [path]
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }
    }

    /// - Throws: exit code 2, with every mistake of every file told.
    static func plans(_ arguments: [String]) throws -> [Plan] {
        let paths = try find(arguments)
        do throws(InvalidScenario) {
            return try loader.plans(paths)
        } catch {
            throw RigFault.ending(2, error.rendered, isRigs: false)
        }
    }

    static func fixture(_ path: String) throws -> Fixture {
        do throws(InvalidScenario) {
            return try loader.fixture(path)
        } catch {
            throw RigFault.ending(2, error.rendered, isRigs: false)
        }
    }

    static let loader = Loader(files: read)

    static func lineCount(_ path: String) -> Int {
        ((try? read(path)) ?? "").split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
    }

    /// Nobody writes more by hand.
    private static let limitBytes = 4 << 20

    /// - Returns: `nil` when there is no such file.
    @Sendable static func read(_ path: String) throws(UnreadableFile) -> String? {
        let real = URL(filePath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: real) else { return nil }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw UnreadableFile("this is a folder or a device, no file")
        }
        guard let size = attributes[.size] as? Int, size <= limitBytes else {
            throw UnreadableFile("this is longer than \(limitBytes >> 20) MiB")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UnreadableFile("this cannot be read: look at its permissions")
        }
        return try UnreadableFile.text(of: data)
    }
}

extension String {
    fileprivate var trailed: String { hasSuffix("/") ? self : self + "/" }
}

/// Which scenarios a command is about.
struct ScenarioOptions: ParsableArguments {
    @Argument(help: "Scenario files or folders.", completion: .file())
    var paths: [String] = ["Scenarios"]

    @Option(name: .long, parsing: .singleValue, help: "Only scenarios with this tag; may be repeated.")
    var tag: [String] = []

    @Option(name: .long, parsing: .singleValue, help: "No scenarios with this tag; may be repeated.")
    var notTag: [String] = []

    @Option(name: .long, help: "Only scenarios whose name or title holds this text.")
    var filter: String?

    var runOptions: RunOptions {
        var options = RunOptions()
        options.paths = paths
        options.tags = tag
        options.notTags = notTag
        options.filter = filter
        options.isCI = Surroundings.isCI
        return options
    }

    /// The instances that are meant; exit code 2 when a file is wrong.
    func instances(_ options: RunOptions) throws -> [Instance] {
        do {
            let plans = try ScenarioFiles.plans(paths)
            let selection = Selection(options)
            try selection.checkPlaces(in: plans, lineCount: ScenarioFiles.lineCount)
            return try selection.instances(of: plans, today: Surroundings.today)
        } catch let refusal as Selection.Refusal {
            throw RigFault.ending(2, "\(refusal)")
        }
    }
}
