import AccessModel

extension Condition {
    /// What the page in a laptop's browser shows.
    package struct Page: ConditionPayload {
        package var laptop: LaptopID
        package var shows: String?
        package var hides: String?
        /// Text of the table row that is looked at; all of the page without it.
        package var row: String?

        package init(laptop: LaptopID, shows: String? = nil, hides: String? = nil, row: String? = nil) {
            self.laptop = laptop
            self.shows = shows
            self.hides = hides
            self.row = row
        }

        package var sentence: String {
            let what = [shows.map { "shows '\($0)'" }, hides.map { "does not show '\($0)'" }].compactMap { $0 }
            let place = row.map { "the row of '\($0)' on the page" } ?? "the page"
            return "\(place) on \(laptop) \(what.joined(separator: " and "))"
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .page(let page) = sighting else { return nil }
            guard let text = row.map({ row in page.rows.first { $0.contains(row) } }) ?? page.text else {
                return Judgement(shows == nil, "the page at \(page.path) has no row of '\(row ?? "")'")
            }
            let isFit = (shows.map { text.contains($0) } ?? true) && (hides.map { !text.contains($0) } ?? true)
            return Judgement(isFit, "the page at \(page.path) says: \(text.prefix(400))")
        }

        static let entry = ConditionEntry(
            "page", "What the page in a laptop's browser shows, as a person would read it.",
            keys: [
                .required("laptop", .laptop, "the laptop whose browser it is"),
                .someOf("what", "shows", .text, "this text is there"),
                .someOf("what", "hides", .text, "this text is not there"),
                .optional("row", .text, "look only at the table row that has this text"),
            ],
            examples: [
                "page: { laptop: anna/laptop, shows: conflict, row: park-b }",
                "page: { laptop: anna/laptop, hides: Issue cert }",
            ]
        ) { reader, fields in
            let laptop = fields.required("laptop").flatMap(reader.laptop)
            let shows = fields.optional("shows").flatMap { $0.text("text of the page") }
            let hides = fields.optional("hides").flatMap { $0.text("text that is not on the page") }
            let row = fields.optional("row").flatMap { $0.text("text of a row") }
            if shows == nil, hides == nil {
                fields.log.error("'page' asserts nothing: say 'shows' or 'hides'", at: fields.location)
            }
            return laptop.map { .page(Page(laptop: $0, shows: shows, hides: hides, row: row)) }
        }
    }
}

/// A page as it is read: white space is single spaces.
package struct PageSighting: Hashable, Sendable, Codable {
    package var path: String
    package var text: String
    /// Each visible row of its tables.
    package var rows: [String]

    package init(path: String, text: String, rows: [String]) {
        self.path = path
        self.text = text
        self.rows = rows
    }
}
