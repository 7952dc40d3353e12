import Testing

@testable import Digest

struct ContentHashTests {
    private func hash(_ write: (inout ContentWriter) -> Void) -> ContentHash { .of(write) }

    @Test("the empty hash is BLAKE2s of nothing, in 64 hex digits")
    func empty() {
        let hash = hash { _ in }
        #expect(hash.description == "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9")
        #expect(hash.bytes == blake2s([]))
    }

    @Test("values are written little-endian after their counts")
    func layout() {
        let hash = hash {
            $0.append(0x0102 as UInt16)
            $0.append("é")
            $0.append(bytes: [9])
            $0.append(true)
            $0.append(optional: 5 as UInt8?) { $0.append($1) }
            $0.append(optional: nil as UInt8?) { $0.append($1) }
        }
        let written: [UInt8] = [2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0xA9, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 1, 5, 0]
        #expect(hash.bytes == blake2s(written))
    }

    @Test("where one string ends and the next begins is part of the hash")
    func boundaries() {
        #expect(
            hash {
                $0.append("ab")
                $0.append("c")
            }
                != hash {
                    $0.append("a")
                    $0.append("bc")
                })
    }

    @Test("text and hash convert both ways, and nothing else is a hash")
    func text() {
        let hash = hash { $0.append("x") }
        #expect(ContentHash(hash.description) == hash)
        #expect(ContentHash(hash.description.uppercased()) == nil)
        #expect(ContentHash(String(hash.description.dropLast())) == nil)
        #expect(ContentHash(hash.description.dropLast() + "g") == nil)
    }
}
