/// Outputs in the order in which they came up; the memory is kept for the next ones.
struct OutputQueue {
    private var outputs: [Output?] = []
    private var first = 0

    mutating func append(_ output: Output) { outputs.append(output) }

    mutating func removeFirst() -> Output? {
        guard first < outputs.count else { return nil }
        let output = outputs[first]
        outputs[first] = nil
        first += 1
        if first == outputs.count {
            outputs.removeAll(keepingCapacity: outputs.count <= 1024)
            first = 0
        }
        return output
    }
}
