/// What an xUnit file of the tests says of each, by its suite and function.
package enum TestVerdicts {
    /// Reads `<testcase classname="ControlPlaneTests.CertificateTests" name="badKeys()">…</testcase>`.
    ///
    /// - Returns: verdicts by `CertificateTests.badKeys`; where several share a name, the worst.
    package static func verdicts(in xml: String) -> [String: Verdict] {
        var verdicts: [String: Verdict] = [:]
        for part in xml.components(after: "<testcase ") {
            guard let end = part.firstIndex(of: ">") else { continue }
            let head = part[..<end]
            guard let suite = attribute("classname", of: head)?.split(separator: ".").last,
                let name = attribute("name", of: head)?.prefix(while: { $0 != "(" })
            else { continue }
            let body = head.last == "/" ? "" : part[end...].components(before: "</testcase>")
            let verdict: Verdict =
                body.contains("<failure") || body.contains("<error")
                ? .failed
                : body.contains("<skipped") ? .skipped : .passed
            let key = "\(suite).\(name)"
            if verdict != .passed || verdicts[key] == nil { verdicts[key] = verdict }
        }
        return verdicts
    }

    private static func attribute(_ name: String, of head: Substring) -> Substring? {
        guard let start = head.firstRange(of: " \(name)=\"")?.upperBound ?? head.prefixEnd(of: "\(name)=\"") else {
            return nil
        }
        return head[start...].prefix { $0 != "\"" }
    }
}

extension StringProtocol {
    /// The parts behind each place where the mark stands.
    fileprivate func components(after mark: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let place = rest.firstRange(of: mark) {
            rest = rest[place.upperBound...]
            let next = rest.firstRange(of: mark)?.lowerBound ?? rest.endIndex
            parts.append(Substring(rest[..<next]))
        }
        return parts
    }

    fileprivate func components(before mark: String) -> String {
        firstRange(of: mark).map { String(self[..<$0.lowerBound]) } ?? String(self)
    }

    /// Where the text goes on behind a beginning that it has.
    fileprivate func prefixEnd(of beginning: String) -> Index? {
        hasPrefix(beginning) ? index(startIndex, offsetBy: beginning.count) : nil
    }
}
