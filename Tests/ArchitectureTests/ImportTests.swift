import Foundation
import Testing

@Suite("The house keeps its plan")
struct ImportTests {
    @Test("every module imports only what the plan allows, and arrows point downwards")
    func imports() throws {
        for file in try SourceTree.swiftFiles(under: "Sources") {
            guard let room = House.rooms[file.room] else {
                Issue.record("\(file.path): the module \(file.room) is not in the plan of the house")
                continue
            }
            for (number, line) in file.lines.enumerated() {
                guard let module = SourceTree.importedModule(line) else { continue }
                let allowed = room.ours.contains(module) || room.theirs.contains(module)
                #expect(allowed, "\(file.path):\(number + 1): \(file.room) may not import \(module)")
            }
        }
    }

    @Test("no room is allowed an arrow upwards or sideways to a floor of its own above the first")
    func floors() {
        for (name, room) in House.rooms {
            for other in room.ours where !House.cellar.contains(other) {
                guard let below = House.rooms[other] else {
                    Issue.record("\(name) may import \(other), which the plan does not have")
                    continue
                }
                #expect(
                    below.floor < room.floor || (room.floor <= 2 && below.floor == room.floor),
                    "\(name) (floor \(room.floor)) may not import \(other) (floor \(below.floor))")
            }
        }
    }

    @Test("the plan and the folders name the same modules")
    func folders() throws {
        let folders = try Set(SourceTree.folders(in: "Sources"))
        #expect(folders == Set(House.rooms.keys).union(House.cellar))
    }

    @Test("the ground floor has no clock, no chance, no logging, no tasks")
    func purity() throws {
        let forbidden = ["Task {", "Task.", ".random(", "SystemRandomNumberGenerator", "Date()", "print("]
        for file in try SourceTree.swiftFiles(under: "Sources") where House.rooms[file.room]?.floor == 1 {
            for (number, line) in file.lines.enumerated() {
                let code = line.trimmingComments
                let words = code.split(separator: " ")
                let named = words.first == "package" ? words.dropFirst() : words[...]
                let isActor = named.first == "actor" && named.dropFirst().first?.first?.isUppercase == true
                #expect(!isActor, "\(file.path):\(number + 1): an actor has no place on the first floor")
                for word in forbidden where code.contains(word) {
                    Issue.record("\(file.path):\(number + 1): '\(word)' has no place on the first floor")
                }
            }
        }
    }
}

extension String {
    /// The line without what follows `//`.
    var trimmingComments: String {
        guard let comment = range(of: "//") else { return self }
        return String(self[..<comment.lowerBound])
    }
}
