import AccessModel

extension Condition {
    /// A program that a `start` or `run` step started.
    package struct Program: ConditionPayload {
        package var id: ProgramID
        package var isRunning: Bool?
        /// 128 and the signal's number when a signal ended it.
        package var exitStatus: Int?
        package var outputContains: String?

        package init(
            id: ProgramID, isRunning: Bool? = nil, exitStatus: Int? = nil, outputContains: String? = nil
        ) {
            self.id = id
            self.isRunning = isRunning
            self.exitStatus = exitStatus
            self.outputContains = outputContains
        }

        package var sentence: String {
            let parts = [
                isRunning.map { $0 ? "runs" : "has ended" }, exitStatus.map { "has ended with \($0)" },
                outputContains.map { "has printed '\($0)'" },
            ].compactMap { $0 }
            return "the program '\(id)' \(parts.joined(separator: " and "))"
        }

        package func check(_ state: inout PlanState) { state.require("program", id.text) }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .program(let program) = sighting else { return nil }
            let isFit =
                (isRunning.map { $0 == (program.exitStatus == nil) } ?? true)
                && (exitStatus.map { $0 == program.exitStatus } ?? true)
                && (outputContains.map { program.output.contains($0) } ?? true)
            let state = program.exitStatus.map { "it ended with \($0)" } ?? "it runs"
            return Judgement(isFit, "\(state); its output ends '\(program.output.suffix(200))'")
        }

        static let entry = ConditionEntry(
            "program", "A program that a `start` or `run` step started.",
            keys: [
                .required("id", .name, "the name that the step gave it"),
                .someOf("what", "running", .flag, "whether it still runs"),
                .someOf("what", "exit", .int(0...255), "the status that it ended with"),
                .someOf("what", "output-contains", .text, "a part of what it has printed"),
            ],
            examples: ["program: { id: tool, running: false, exit: 0, output-contains: done }"]
        ) { _, fields in
            let id = fields.required("id")?.text("the id of a program")
            let isRunning = fields.optional("running").map { $0.bool() }
            let exit = fields.optional("exit").map { $0.int("an exit status", in: 0...255) }
            let output = fields.optional("output-contains").map { $0.text("a text") }
            if isRunning == nil, exit == nil, output == nil {
                fields.log.error(
                    "'program' asserts nothing: say 'running', 'exit' or 'output-contains'", at: fields.location)
            }
            return id.map {
                .program(
                    Program(
                        id: ProgramID($0), isRunning: isRunning ?? nil, exitStatus: exit ?? nil,
                        outputContains: output ?? nil))
            }
        }
    }
}

/// A program and what it has said so far.
package struct ProgramSighting: Hashable, Sendable, Codable {
    /// `nil` while it runs.
    package var exitStatus: Int?
    package var output: String

    package init(exitStatus: Int?, output: String) {
        self.exitStatus = exitStatus
        self.output = output
    }
}
