import GRDB

/// Why a database cannot be used; says what to do about it.
package enum StoreError: Error, CustomStringConvertible {
    /// It holds nothing, and no seed was given.
    case empty(path: String)
    /// The released view is not what its hash says: the file was changed by somebody else.
    case viewDoesNotMatchItsHash(path: String)
    /// It is not a database, or a damaged one.
    case damaged(path: String, detail: String)
    /// It cannot be opened or written.
    case unusable(path: String, detail: String)

    package var description: String {
        switch self {
        case .empty(let path): "\(path) holds no control plane, and no seed was given to fill it"
        case .viewDoesNotMatchItsHash(let path):
            "\(path) was changed by something else than the control plane: put a copy back, or begin with a new file"
        case .damaged(let path, let detail):
            "\(path) is damaged or no database (\(detail)): put a copy back, or begin with a new file"
        case .unusable(let path, let detail):
            "\(path) cannot be used (\(detail)): is there such a folder, may this user write to it, is the disk full?"
        }
    }

    /// What SQLite says of the file.
    init(_ error: DatabaseError, path: String) {
        let detail = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(path: path, detail: detail)
        default: self = .unusable(path: path, detail: detail)
        }
    }
}
