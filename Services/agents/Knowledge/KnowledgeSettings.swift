import ProcessBlobs
import ServiceRuntime

/// What reading documents is configured by.
enum KnowledgeSettings {
    static let scannerAddress = Setting<String?>(
        name: "CLAMD_ADDRESS", summary: "clamd, which scans what is uploaded before it is read",
        defaultNote: "nothing is scanned", allowed: "host:port, or the path of a socket",
        accepts: { $0.map { ScannerAddress($0) != nil } ?? true })

    static let all: [any SettingDeclaration] = BlobSettings.all + [scannerAddress]
}
