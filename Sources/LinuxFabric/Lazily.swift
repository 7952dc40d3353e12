import Synchronization

/// A value of the whole process, made when it is first asked for; a failure is told, and the next one to ask tries again.
final class Lazily<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let make: @Sendable () throws(LinuxError) -> Value

    init(_ make: @escaping @Sendable () throws(LinuxError) -> Value) {
        self.make = make
    }

    func get() throws(LinuxError) -> Value {
        try value.withLock { value throws(LinuxError) in
            if let value { return value }
            let made = try make()
            value = made
            return made
        }
    }
}
