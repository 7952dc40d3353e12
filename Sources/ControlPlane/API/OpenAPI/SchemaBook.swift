/// The schemas of messages, taken from the types themselves: what their `Decodable` asks for is what is written down.
struct SchemaBook {
    /// By name.
    private(set) var components: [String: JSONValue] = [:]

    /// Where the type's schema is to be found; an object is noted by its name.
    mutating func reference(to type: any Decodable.Type) throws -> JSONValue {
        if let leaf = SchemaLeaf.leaf(of: type) { return leaf.schema }
        if let list = type as? any SchemaList.Type {
            return ["type": "array", "items": try reference(to: list.element)]
        }
        let name = Self.name(of: type)
        if components[name] == nil {
            components[name] = [:]
            let recorder = SchemaRecorder()
            _ = try type.init(from: recorder)
            components[name] = try schema(of: recorder.fields)
        }
        return ["$ref": .string("#/components/schemas/\(name)")]
    }

    private mutating func schema(of fields: [SchemaRecorder.Field]) throws -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for field in fields {
            var schema = try reference(to: field.type)
            // Whoever has nothing to say may say null.
            if field.isOptional { schema = ["anyOf": [schema, ["type": "null"]]] }
            properties[field.name] = schema
        }
        let required = fields.filter { !$0.isOptional }.map { JSONValue.string($0.name) }
        return [
            "type": "object", "properties": .object(properties), "required": .array(required),
            "additionalProperties": false,
        ]
    }

    /// `PlantViewPage` for a `Page<PlantView>`, `StateDocumentDevice` for a `StateDocument.Device`.
    private static func name(of type: any Decodable.Type) -> String {
        let text = String(reflecting: type)
        guard let open = text.firstIndex(of: "<"), text.last == ">" else { return bare(text) }
        return bare(text[text.index(after: open)...].dropLast()) + bare(text[..<open])
    }

    /// The words of a type's full name without its module.
    private static func bare(_ name: some StringProtocol) -> String {
        name.split(separator: ".").dropFirst().filter { !$0.contains(" ") && !$0.hasPrefix("$") }.joined()
    }
}

/// A list, told by what is in it.
protocol SchemaList {
    static var element: any Decodable.Type { get }
    static var empty: Any { get }
}

extension Array: SchemaList where Element: Decodable {
    static var element: any Decodable.Type { Element.self }
    static var empty: Any { Self() }
}
