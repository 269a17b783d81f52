import Foundation
import NIOPosix

/// Letters as files, for a machine without a mail server: `<folder>/<id>.eml`, which only the owner may read.
struct OutboxFolder: MailDelivery {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let path: String
    let sender: MailSender

    func deliver(_ mail: ClaimedMail) async throws {
        let bytes = MailText(mail.letter, from: sender, id: mail.id, createdAt: mail.createdAt).bytes
        let name = mail.id.uuidString.lowercased()
        try await NIOThreadPool.singleton.runIfActive { try write(bytes, name) }
    }

    /// Whoever looks into the folder sees a whole letter or none.
    private func write(_ bytes: [UInt8], _ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let (draft, final) = ("\(path)/.\(name).draft", "\(path)/\(name).eml")
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(description: "\(draft) cannot be written: \(errno)") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: Data(bytes))
        try handle.synchronize()
        try handle.close()
        guard rename(draft, final) == 0 else { throw Failure(description: "\(final) cannot be made: \(errno)") }
    }
}
