import AccessModel
import Digest

/// The `ETag` of a list: equal lists have equal tags.
enum EntityTag {
    static func of(_ value: some Encodable) -> String {
        of(text: (try? Store.encode(value)) ?? "")
    }

    static func of(text: String) -> String {
        "\"" + ContentHash.of { $0.append(text) }.description.prefix(32) + "\""
    }
}
