import Testing

/// Everything that starts the program itself, one after the other: each lab wants the machine for itself.
@Suite("The program, live", .serialized, .timeLimit(.minutes(5)))
enum LiveTests {}
