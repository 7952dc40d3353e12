import Foundation

@testable import ScenarioModel

/// The package's folder: the one above `Tests`, wherever the tests are built.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// A loader that reads the files of the package, as the command line does.
let loaderOfPackage = Loader { path in
    try? String(contentsOfFile: "\(packageFolder)/\(path)", encoding: .utf8)
}

/// A loader over texts, the package's own files behind them.
func loader(_ files: [String: String]) -> Loader {
    Loader { path in files[path] ?? (try? String(contentsOfFile: "\(packageFolder)/\(path)", encoding: .utf8)) }
}

func readPackageFile(_ path: String) -> String? {
    try? String(contentsOfFile: "\(packageFolder)/\(path)", encoding: .utf8)
}
