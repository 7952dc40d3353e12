import AccessModel
import Addressing
import ControlProtocol

/// A type that is one word of JSON, or whose shape is told by hand: its schema, and a value to go on with.
struct SchemaLeaf: Sendable {
    let schema: JSONValue
    let value: any Sendable

    static func leaf(of type: any Decodable.Type) -> Self? {
        all[ObjectIdentifier(type)] ?? (type as? any SchemaEnumeration.Type).flatMap(enumeration)
    }

    private static func enumeration(_ type: any SchemaEnumeration.Type) -> Self? {
        type.first.map { Self(schema: ["type": "string", "enum": .array(type.words.map { .string($0) })], value: $0) }
    }

    private static let name: JSONValue = ["type": "string", "pattern": "^[a-z0-9_][a-z0-9._-]{0,62}$"]
    /// One place, by its kind.
    private static let place: JSONValue = [
        "oneOf": .array(
            ["organization", "portfolio", "plant"].map { kind in
                [
                    "type": "object", "required": [.string(kind)], "additionalProperties": false,
                    "properties": [kind: name],
                ]
            })
    ]

    private static let all: [ObjectIdentifier: Self] = {
        var leaves: [ObjectIdentifier: Self] = [:]
        func add<Value: Sendable>(_ value: Value, _ schema: JSONValue) {
            leaves[ObjectIdentifier(Value.self)] = Self(schema: schema, value: value)
        }
        func integer(_ least: Int64, _ most: Int64? = nil) -> JSONValue {
            var schema: JSONValue = ["type": "integer", "minimum": .integer(least)]
            schema["maximum"] = most.map { .integer($0) }
            return schema
        }
        add("", ["type": "string"])
        add(false, ["type": "boolean"])
        add(0.0, ["type": "number"])
        add(0, ["type": "integer"])
        add(UInt8(0), integer(0, 255))
        add(UInt16(0), integer(0, 65535))
        add(UInt64(0), integer(0))
        add([String: String](), ["type": "object", "additionalProperties": ["type": "string"]])
        add(PersonID("x"), name)
        add(OrganizationID("x"), name)
        add(PortfolioID("x"), name)
        add(PlantID("x"), name)
        add(AgentID("x"), name)
        add(CooperationID("x"), name)
        add(Place.plant("x"), place)
        add(IPv4Address(10, 0, 0, 1), ["type": "string", "format": "ipv4"])
        add(
            Prefix(around: IPv4Address(10, 0, 0, 0), length: 8),
            ["type": "string", "description": "An IPv4 prefix without host bits, such as `192.168.1.0/24`."])
        add(
            RouteID(plant: "x", subnet: Prefix(around: IPv4Address(10, 0, 0, 0), length: 8)),
            ["type": "string", "description": "A plant's subnet, such as `park-a~192.168.1.0-24`."])
        add(Endpoint(IPv4Address(10, 0, 0, 1), 1), ["type": "string", "description": "IPv4 address and port."])
        add(Timestamp.beginning, ["type": "string", "format": "date-time"])
        add(Revision.Content.snapshot(ReleasedView()), ["type": "object", "minProperties": 1, "maxProperties": 1])
        add(Revision.Scope.everyone, ["type": "object", "minProperties": 1, "maxProperties": 1])
        if let key = PublicKey(bytes: Array(repeating: 1, count: 32)) {
            add(
                key,
                [
                    "type": "string", "pattern": "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$",
                    "description": "32 bytes in base64.",
                ])
        }
        return leaves
    }()
}

/// A closed set of words.
private protocol SchemaEnumeration {
    static var words: [String] { get }
    static var first: (any Sendable)? { get }
}

extension SchemaEnumeration where Self: CaseIterable & RawRepresentable & Sendable, RawValue == String {
    fileprivate static var words: [String] { allCases.map(\.rawValue) }
    fileprivate static var first: (any Sendable)? { allCases.first }
}

extension RouteStatus: SchemaEnumeration {}
extension RouteReason: SchemaEnumeration {}
extension PendingChange: SchemaEnumeration {}
extension RouteConflict.Role: SchemaEnumeration {}
extension Standing: SchemaEnumeration {}
extension JobRole: SchemaEnumeration {}
extension PlantState: SchemaEnumeration {}
extension RouteDecision.Reason: SchemaEnumeration {}
extension AccessPolicy.DefaultWinner: SchemaEnumeration {}
extension AccessPolicy.OfflineAgent: SchemaEnumeration {}
extension AgentLiveness: SchemaEnumeration {}
extension Cooperation.State: SchemaEnumeration {}
extension VPNOverview.State: SchemaEnumeration {}
extension FlowRecord.State: SchemaEnumeration {}
extension Acknowledgement.Outcome: SchemaEnumeration {}
extension SyncFault.Message: SchemaEnumeration {}
extension SyncFault.Fate: SchemaEnumeration {}
