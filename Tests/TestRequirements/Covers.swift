package import Testing

/// Says which requirements a test proves: `@Test("of two issues one wins", .covers("R9"))`.
///
/// `mirox-rig requirements` reads it from the sources, so the numbers stand there as literals. A requirement counts as proven
/// only when a defect that breaks it turns the test red.
package struct Covers: TestTrait, SuiteTrait {
    package let requirements: [String]
}

extension Trait where Self == Covers {
    package static func covers(_ requirements: String...) -> Covers { Covers(requirements: requirements) }
}
