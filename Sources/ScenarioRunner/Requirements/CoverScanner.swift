/// Finds in Swift sources the tests that say which requirements they cover.
///
/// A test says it by the trait `.covers("R9", "R10")`, or by the beginning of its name, `"R9: of two issues …"`.
package enum CoverScanner {
    package static func covers(in source: String, path: String) -> [RequirementMatrix.Cover] {
        var covers: [RequirementMatrix.Cover] = []
        var name = ""
        var suite = ""
        // Those whose function is yet to come.
        var unnamed = 0
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let place = "\(path):\(index + 1)"
            func add(_ numbers: [String]) {
                covers += numbers.map { .init(requirement: $0, kind: .test, name: name, place: place) }
            }
            if let type = declared("struct", in: line) ?? declared("class", in: line) { suite = type }
            if unnamed < covers.count, let function = declared("func", in: line) {
                for index in unnamed..<covers.count { covers[index].function = "\(suite).\(function)" }
                unnamed = covers.count
            }
            if let begin = line.firstRange(of: "@Test(") ?? line.firstRange(of: "@Suite(") {
                let rest = line[begin.upperBound...]
                name = quoted(rest).first ?? path
                add(prefix(of: name))
            } else if name.isEmpty || name == path, line.contains("\"R"), let text = quoted(line).first,
                !prefix(of: text).isEmpty
            {
                // The name stands in the line below `@Test(`.
                name = text
                add(prefix(of: text))
            }
            if let trait = line.firstRange(of: ".covers(") {
                let inside = line[trait.upperBound...].prefix { $0 != ")" }
                add(quoted(inside).filter { isRequirement($0) })
            }
        }
        return covers
    }

    /// The name behind a keyword, where the line declares one.
    private static func declared(_ keyword: String, in line: Substring) -> String? {
        let line = line.drop { $0 == " " }
        guard !line.hasPrefix("//") else { return nil }
        let rest: Substring
        if line.hasPrefix("\(keyword) ") {
            rest = line.dropFirst(keyword.count + 1)
        } else if let place = line.firstRange(of: " \(keyword) ") {
            rest = line[place.upperBound...]
        } else {
            return nil
        }
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return name.isEmpty ? nil : String(name)
    }

    /// `R9, R10: of two issues` says R9 and R10.
    private static func prefix(of name: String) -> [String] {
        guard let colon = name.firstIndex(of: ":") else { return [] }
        let words = name[..<colon].split(separator: ",").map { String($0.drop { $0 == " " }) }
        return words.allSatisfy(isRequirement) ? words : []
    }

    private static func isRequirement(_ text: String) -> Bool {
        guard text.first == "R", let number = Int(text.dropFirst()) else { return false }
        return (1...Requirement.all.count).contains(number)
    }

    /// The texts between quotation marks in a line.
    private static func quoted(_ line: some StringProtocol) -> [String] {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset % 2 == 1 && $0.offset < parts.count - 1 }.map {
            String($0.element)
        }
    }
}
