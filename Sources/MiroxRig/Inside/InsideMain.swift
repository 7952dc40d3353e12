import Foundation
import LabProtocol
import LinuxFabric
import Roles

/// What this program does inside a lab, by the mark that it was started with.
enum InsideMain {
    /// The first program of a lab.
    static let conductor = "conductor"
    /// A question from another terminal, asked inside.
    static let asker = "asker"

    static func run(_ inside: Inside, arguments: [String]) async {
        do {
            switch inside.role {
            case conductor: try await Conductor.run(inside)
            case asker: try await Asker.run(arguments: arguments)
            default: try await Role.run(inside, arguments: arguments)
            }
        } catch {
            Console.error("mirox-rig \(inside.role): \(error)")
            exit(3)
        }
    }
}
