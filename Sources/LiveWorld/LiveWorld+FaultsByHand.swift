import AccessModel
import Foundation
import LabProtocol
import ScenarioModel

/// Faults that somebody switches at another terminal.
extension LiveWorld {
    func inject(typed text: String) async throws -> LabReply {
        let fault: Action.Fault
        do {
            fault = try Loader(files: { _ in nil }).fault(text, in: fixture)
        } catch {
            return .refusal(error.rendered)
        }
        if let id = fault.id, faults.contains(where: { $0.id == id }) {
            return .refusal("there is a fault '\(id)' already; heal it first")
        }
        let begun = Date()
        try await inject(fault)
        // The name that it was given is part of it: somebody heals it by that.
        let id = fault.id == nil ? faults.last.map { ", id: \($0.id) }" } : nil
        let mapping = id.map { String(text.dropLast(2)) + $0 } ?? text
        remember(steps: "- fault: \(mapping)", at: begun, changes: true)
        var lines = [fault.sentence]
        if let caution = fault.caution(in: fixture) { lines.append("nobody will notice \(caution)") }
        if let id = faults.last?.id { lines.append("mirox-rig fault --heal \(id)   puts it right") }
        return .text(lines.joined(separator: "\n"))
    }

    func healByHand(_ id: String?) async throws -> LabReply {
        if let id, !faults.contains(where: { $0.id.text == id }) {
            let known = faults.map(\.id.text)
            return .refusal(
                known.isEmpty
                    ? "nothing is wrong" : "there is no fault '\(id)'; there are \(known.joined(separator: ", "))")
        }
        let healed = faults.filter { id == nil || $0.id.text == id }.map(\.id.text)
        let begun = Date()
        try await heal(id.map { FaultID($0) })
        for id in healed { remember(steps: "- heal: { id: \(id) }", at: begun, changes: true) }
        return .text(healed.isEmpty ? "nothing was wrong" : "healed: \(healed.joined(separator: ", "))")
    }
}
