package import AccessModel

package enum MemoryKind {}
package typealias MemoryID = Identifier<MemoryKind>

/// What a `remember` step keeps for `unchanged` and `changed`.
package struct Memory: Hashable, Sendable, Codable {
    package var id: MemoryID
    /// Looked at for what it shows; it asserts nothing.
    package var subject: Condition

    package init(id: MemoryID, subject: Condition) {
        self.id = id
        self.subject = subject
    }
}
