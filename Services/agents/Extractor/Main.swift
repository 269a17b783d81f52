import Glibc

/// `extractor <task>`: reads what a stranger has sent on standard input and writes what is in it to standard output: the
/// text of a document, as UTF-8, the samples of a sound, or the words in them.
///
/// It trusts nothing of it: it has confined itself before it reads the first byte, and ends with a code that says why there
/// is no result (`Failure`).
@main enum Extractor {
    static func main() {
        guard CommandLine.arguments.count == 2, let task = ExtractorTask(rawValue: CommandLine.arguments[1]) else {
            end(.usage)
        }
        // The recogniser opens its input by name.
        if task == .words { guard Pipes.keepInputInMemory() else { end(.unconfined) } }
        guard Confinement.begin() else { end(.unconfined) }
        do throws(Failure) {
            switch task {
            case .pdf: try run("/usr/bin/pdftotext", "-q", "-enc", "UTF-8", "-eol", "unix", "-nopgbrk", "-", "-")
            case .doc:
                // It takes anything else for text.
                guard Pipes.begins(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) else { throw .damaged }
                try run("/usr/bin/catdoc", "-d", "utf-8", "-w")
            case .docx: try WordDocument.write()
            case .html: try WebPage.writeText()
            case .links: try WebPage.writeLinks()
            case .md, .txt: try PlainText.write()
            case .wav, .flac, .ogg:
                try run(
                    "/usr/bin/sox", "-V1", "-t", task.rawValue, "-", "-t", "raw", "-r", "16000", "-c", "1", "-b", "16",
                    "-e", "signed-integer", "-")
            case .words:
                try run("/usr/bin/pocketsphinx_continuous", "-infile", "/dev/stdin")
            }
        } catch {
            end(error)
        }
        exit(0)
    }

    /// Goes on as another program, which stays as confined as this one.
    private static func run(_ program: String, _ arguments: String...) throws(Failure) {
        var pointers = ([program] + arguments).map { strdup($0) }
        pointers.append(nil)
        execv(program, pointers)
        throw .noProgram
    }

    private static func end(_ failure: Failure) -> Never {
        exit(failure.rawValue)
    }
}

enum ExtractorTask: String {
    case pdf, doc, docx, html, md, txt
    /// The links of an HTML page in the place of its text, a line for each.
    case links
    /// Samples of 16 bits, 16,000 a second, of one channel.
    case wav, flac, ogg
    /// The words of English in such samples, a line for each stretch of speech.
    case words
}

/// Why there is no result, as an exit code.
enum Failure: Int32, Error {
    case usage = 64
    case damaged = 65
    /// More than a document may hold when it is unpacked.
    case tooLarge = 66
    /// A program that is needed is not installed.
    case noProgram = 69
    /// The process could not be confined, and has read nothing.
    case unconfined = 71
}
