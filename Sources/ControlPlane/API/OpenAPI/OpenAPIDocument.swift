import ControlProtocol
import HTTPTypes

/// The API's description in OpenAPI 3.1.
enum OpenAPIDocument {
    static let operations =
        Operation.ofPeople + Operation.ofDirectory + Operation.ofAdmins + Operation.ofMachines + Operation.ofLab

    /// The document as JSON text.
    static func text(of operations: [Operation] = operations) throws -> String {
        var book = SchemaBook()
        _ = try book.reference(to: Problem.self)
        var paths: [String: JSONValue] = [:]
        for operation in operations {
            var item = paths[operation.path] ?? [:]
            item[operation.method.rawValue.lowercased()] = try describe(operation, &book)
            paths[operation.path] = item
        }
        let document: JSONValue = [
            "openapi": "3.1.0",
            "info": [
                "title": "mirox-rig control plane", "version": "1",
                "description": """
                Errors are problem details (RFC 9457) with a stable type. A token stands for one person, one \
                agent, one gateway, or the rig. Unknown fields are refused.
                """,
            ],
            "paths": .object(paths),
            "components": [
                "schemas": .object(book.components),
                "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
            ],
        ]
        return try Store.encode(document)
    }

    private static func describe(_ operation: Operation, _ book: inout SchemaBook) throws -> JSONValue {
        var description: JSONValue = [
            "summary": .string(operation.summary), "tags": [.string(operation.caller.rawValue)],
            "responses": try responses(of: operation, &book),
        ]
        let parameters =
            operation.variables.map { parameter(.init(name: $0, about: "Of the path."), in: "path") }
            + operation.query.map { parameter($0, in: "query") }
            + (operation.headers + (operation.isTagged ? [.ifNoneMatch] : [])).map { parameter($0, in: "header") }
        if !parameters.isEmpty { description["parameters"] = .array(parameters) }
        if operation.caller != .nobody { description["security"] = [["bearer": []]] }
        if let body = operation.body {
            description["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": try book.reference(to: body)]],
            ]
        }
        return description
    }

    private static func parameter(_ parameter: Operation.Parameter, in place: String) -> JSONValue {
        [
            "name": .string(parameter.name), "in": .string(place), "required": .boolean(place == "path"),
            "description": .string(parameter.about), "schema": parameter.schema,
        ]
    }

    private static func responses(of operation: Operation, _ book: inout SchemaBook) throws -> JSONValue {
        var responses: [String: JSONValue] = [:]
        for (status, answer) in operation.answers {
            switch answer {
            case .empty: responses[String(status)] = ["description": "Done."]
            case .json(let type):
                responses[String(status)] = content("application/json", try book.reference(to: type))
            case .tagged(let type):
                var response = content("application/json", try book.reference(to: type))
                response["headers"] = ["ETag": ["required": true, "schema": ["type": "string"]]]
                responses[String(status)] = response
                responses["304"] = ["description": "The caller has it already."]
            case .text("application/json"): responses[String(status)] = content("application/json", [:])
            case .text(let type): responses[String(status)] = content(type, ["type": "string"])
            }
        }
        for status in operation.allProblems {
            responses[String(status)] = content(
                "application/problem+json", ["$ref": "#/components/schemas/Problem"],
                about: HTTPResponse.Status(code: status).reasonPhrase)
        }
        return .object(responses)
    }

    private static func content(_ type: String, _ schema: JSONValue, about: String = "The answer.") -> JSONValue {
        ["description": .string(about), "content": [type: ["schema": schema]]]
    }
}
