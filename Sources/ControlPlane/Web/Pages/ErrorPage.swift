import ControlProtocol

/// What went wrong, and where to go from here.
struct ErrorPage: Sendable {
    var problem: Problem

    var page: WebPage {
        let heading =
            switch problem.status {
            case 403: "That is not yours to see"
            case 404: "There is no such thing"
            default: "That did not work"
            }
        return WebPage(
            title: heading,
            content: """
                <section class="card narrow" aria-labelledby="error-title">
                <p class="eyebrow">\(problem.status) · \(problem.code)</p>
                <h1 id="error-title">\(heading)</h1>
                <p>\(problem.detail ?? problem.title)</p>
                <p><a class="button" href="/">To the start</a></p>
                </section>
                """)
    }
}
