import AccessModel
import Digest

/// The `ETag` of a list: equal lists have equal tags.
enum EntityTag {
    static func of(_ value: some Encodable) -> String {
        let text = (try? Store.encode(value)) ?? ""
        return "\"" + ContentHash.of { $0.append(text) }.description.prefix(32) + "\""
    }
}
