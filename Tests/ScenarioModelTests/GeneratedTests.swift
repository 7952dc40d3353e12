import Testing

@testable import ScenarioModel

@Suite("What is made from the table of the language")
struct GeneratedTests {
    @Test("the committed schema is what the table makes: `make language` writes it anew")
    func schema() {
        #expect(readPackageFile(ScenarioSchema.path) == ScenarioSchema.text)
    }

    @Test("the committed reference is what the table makes: `make language` writes it anew")
    func reference() throws {
        #expect(try readPackageFile(LanguageReference.path) == LanguageReference(loader: loaderOfPackage).markdown)
    }

    @Test("every example in the reference has its sentence, so it can be read")
    func sentences() throws {
        let text = try LanguageReference(loader: loaderOfPackage).markdown
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where line == "```" && !lines[index - 1].isEmpty {
            #expect(lines[index + 1].hasPrefix("> "), "\(lines[max(0, index - 3)...index].joined(separator: "\n"))")
        }
    }
}
