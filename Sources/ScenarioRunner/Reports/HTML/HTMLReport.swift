import CSodium
import Foundation
import ScenarioModel

/// A run as one page that holds everything and asks nobody: it opens from a folder, fetches nothing, and runs no other program.
package struct HTMLReport: Sendable {
    /// Larger than this no report gets; what is least needed is left out first, and the page says so.
    package static let limitBytes = 5_000_000

    private let archive: RunArchive
    private let files: Files

    /// How the page comes to the files beside it.
    struct Files: Sendable {
        /// The bytes of an attachment, to put into the page; `nil` when they are not at hand.
        var read: @Sendable (RunEvent.Attachment) -> [UInt8]? = { _ in nil }
        /// Where an attachment that is too large for the page lies, as seen from it.
        var link: @Sendable (RunEvent.Attachment) -> String = { $0.path }
    }

    package init(
        _ archive: RunArchive, read: @escaping @Sendable (RunEvent.Attachment) -> [UInt8]? = { _ in nil },
        link: @escaping @Sendable (RunEvent.Attachment) -> String = { $0.path }
    ) {
        self.archive = archive
        files = Files(read: read, link: link)
    }

    /// What is left out, one after the other, until the page is small enough.
    private static let cuts: [Cut] = [
        Cut(packets: 600, changes: 500, attachmentBytes: 400_000),
        Cut(packets: 600, changes: 500, attachmentBytes: 0, note: "The captures lie beside this file."),
        Cut(packets: 150, changes: 120, note: "Of each failure only the newest packets and changes are shown."),
        Cut(packets: 0, changes: 20, note: "There were too many failures to show their packets."),
        Cut(
            packets: 0, changes: 0, sources: false, why: 6, note: "There were too many failures to show more than why."),
        Cut(
            packets: 0, changes: 0, sources: false, passedSteps: false, why: 3,
            note: "The run is too large to show the steps of what passed."),
    ]

    /// The page as text.
    package var html: String {
        get throws {
            var page = ""
            for cut in Self.cuts {
                page = try document(cut)
                if page.utf8.count <= Self.limitBytes { break }
            }
            return page
        }
    }

    private func document(_ cut: Cut) throws -> String {
        let data = try Self.embedded(Page(archive, cut: cut, files: files))
        // The only things that may act: this style and this program, known by their hashes. No frame, form, fetch or font.
        let policy =
            "default-src 'none'; style-src '\(Self.hash(Self.style))'; script-src '\(Self.hash(Self.script))'; "
            + "img-src data:; base-uri 'none'; form-action 'none'"
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>mirox-rig report</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <noscript>This report needs JavaScript to show what it holds; it runs none but its own.</noscript>
            <script type="application/json" id="data">\(data)</script>
            <script>\(Self.script)</script>
            </body>
            </html>

            """
    }

    /// JSON inside of HTML: no character can end the element that it stands in.
    private static func embedded(_ page: Page) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(page), as: UTF8.self)
            .replacing("<", with: "\\u003c").replacing(">", with: "\\u003e").replacing("&", with: "\\u0026")
            .replacing("\u{2028}", with: "\\u2028").replacing("\u{2029}", with: "\\u2029")
    }

    /// As a content security policy names a text.
    static func hash(_ text: String) -> String {
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        let bytes = Array(text.utf8)
        _ = crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return "sha256-\(Data(digest).base64EncodedString())"
    }
}

extension HTMLReport {
    /// How much of each scenario the page holds.
    struct Cut {
        var packets: Int
        var changes: Int
        var attachmentBytes = 0
        var sources = true
        var passedSteps = true
        var why = 40
        var note: String?
    }
}
