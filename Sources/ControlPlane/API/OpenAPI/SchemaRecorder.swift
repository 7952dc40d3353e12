/// Looks on while a type decodes itself, and notes what it asks for.
final class SchemaRecorder: Decoder {
    struct Field {
        var name: String
        var type: any Decodable.Type
        /// Asked for with "if present".
        var isOptional: Bool
    }

    fileprivate(set) var fields: [Field] = []
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Container<Key>(recorder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Unforeseen.shape }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Unforeseen.shape }

    /// A type whose shape has to be told in `SchemaLeaf`.
    enum Unforeseen: Error { case shape, value(String) }

    private final class Container<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let recorder: SchemaRecorder
        private var optional: Set<String> = []
        let codingPath: [any CodingKey] = []
        let allKeys: [Key] = []

        init(recorder: SchemaRecorder) { self.recorder = recorder }

        /// Only `decodeIfPresent` asks.
        func contains(_ key: Key) -> Bool {
            optional.insert(key.stringValue)
            return true
        }

        func decodeNil(forKey key: Key) throws -> Bool { false }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            recorder.fields.append(
                Field(name: key.stringValue, type: type, isOptional: optional.contains(key.stringValue)))
            let value: Any
            if let leaf = SchemaLeaf.leaf(of: type) {
                value = leaf.value
            } else if let list = type as? any SchemaList.Type {
                value = list.empty
            } else {
                value = try type.init(from: SchemaRecorder())
            }
            guard let value = value as? Value else { throw Unforeseen.value("\(type)") }
            return value
        }

        func nestedContainer<Inner: CodingKey>(
            keyedBy type: Inner.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Inner> { throw Unforeseen.shape }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw Unforeseen.shape }

        func superDecoder() throws -> any Decoder { throw Unforeseen.shape }

        func superDecoder(forKey key: Key) throws -> any Decoder { throw Unforeseen.shape }
    }
}
