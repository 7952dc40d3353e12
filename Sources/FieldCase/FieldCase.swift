import AccessModel
import Addressing
package import ControlProtocol
package import ScenarioModel

/// A control plane's state turned into a fixture and a scenario that shows its conflicts.
///
/// Names are replaced unless they are wanted, private ranges stay, keys are made anew by the lab.
package struct FieldCase: Sendable {
    package let fixture: Fixture
    /// What could not be taken over, for people.
    package let warnings: [String]
    /// With the names that the fixture has.
    let document: StateDocument
    /// What the scenario does first, because no fixture can say it.
    let late: Late
    let title: String
    let id: String

    /// Why a document cannot be taken.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    /// - Parameters:
    ///   - id: of the scenario: small letters, digits and `-`.
    ///   - keepsNames: whether names stay as they are.
    package init(_ document: StateDocument, title: String, id: String, keepsNames: Bool = false) throws(Refusal) {
        guard document.format == StateDocument.format else {
            throw Refusal(
                description:
                    "the document's format is '\(document.format)'; this program reads '\(StateDocument.format)'")
        }
        var document = document
        if !keepsNames {
            var pseudonyms = Pseudonyms()
            document = pseudonyms.apply(to: document)
        }
        var builder = FixtureBuilder(document, title: title)
        fixture = try builder.build()
        warnings = builder.warnings
        late = builder.late
        self.document = builder.document
        self.title = title
        self.id = id
    }

    /// The fixture as a file.
    package var fixtureText: String { FixtureText(fixture).text }
}
