/// What puts conditions together, or compares: it stands where a condition stands.
package struct GroupEntry: Sendable {
    package var name: String
    package var summary: String
    package var value: ValueKind
    package var example: String

    static let allOf = GroupEntry(
        name: "all-of", summary: "All of them, as a list without a word says too; for use inside the others.",
        value: .list(.conditions),
        example: "any-of: [{ all-of: [{ session: { for: anna, online: true } }, "
            + "{ tunnel: { laptop: anna/laptop, state: up } }] }, { tunnel: { laptop: anna/laptop, state: down } }]")

    static let anyOf = GroupEntry(
        name: "any-of", summary: "At least one of them.", value: .list(.conditions),
        example: "any-of: [{ route: { for: anna, plant: park-a, status: active } }, "
            + "{ route: { for: anna, plant: park-b, status: active } }]")

    static let exactlyOneOf = GroupEntry(
        name: "exactly-one-of", summary: "One of them and no other.", value: .list(.conditions),
        example: "exactly-one-of: [{ route: { for: anna, plant: park-a, role: winner } }, "
            + "{ route: { for: anna, plant: park-b, role: winner } }]")

    static let unchanged = GroupEntry(
        name: "unchanged", summary: "What a `remember` step kept is the same now.",
        value: .mapping([.required("id", .name, "the name that `remember` gave it")]),
        example: "unchanged: { id: before }")

    static let changed = GroupEntry(
        name: "changed", summary: "What a `remember` step kept is not the same now.",
        value: .mapping([.required("id", .name, "the name that `remember` gave it")]),
        example: "changed: { id: before }")
}
