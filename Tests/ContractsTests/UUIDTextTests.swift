import Contracts
import Foundation
import Testing

@Suite struct UUIDTextTests {
    @Test func `an id is read and written as Foundation does it`() throws {
        for _ in 0..<1000 {
            let uuid = UUID()
            #expect(uuid.text == uuid.uuidString.lowercased())
            #expect(UUID(text: uuid.uuidString) == uuid && UUID(text: uuid.text) == uuid)
        }
    }

    @Test(arguments: [
        "", "550e8400", "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a716-4466554400001",
        "550e8400_e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-44665544000g",
        "550e8400e29b-41d4-a716-4466554400000", " 50e8400-e29b-41d4-a716-446655440000",
        "+50e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-44665544000é",
    ])
    func `anything else is no id`(text: String) {
        #expect(UUID(text: text) == nil)
        #expect(CallID(text) == nil)
    }

    @Test func `a text is searched for the character that cannot be stored`() {
        #expect(!"".holdsNUL && !"abc".holdsNUL && !String(repeating: "é", count: 100).holdsNUL)
        #expect("\u{0}".holdsNUL && "abc\u{0}".holdsNUL && "é\u{0}ü".holdsNUL)
    }
}
