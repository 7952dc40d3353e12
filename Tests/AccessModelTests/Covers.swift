import Testing

/// Names the requirements and decisions that a test proves; the matrix of requirements is made of these words.
struct Covers: TestTrait, SuiteTrait {
    let requirements: [String]
    var isRecursive: Bool { true }
}

extension Trait where Self == Covers {
    static func covers(_ requirements: String...) -> Self { Covers(requirements: requirements) }
}
