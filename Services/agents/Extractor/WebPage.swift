import CExtraction
import Glibc

/// The words of an HTML page, a line for each block.
enum WebPage {
    private static let silent: Set<String> = ["script", "style", "noscript", "template", "svg", "iframe", "object"]
    private static let inline: Set<String> = [
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "em", "font", "i", "kbd", "label", "mark", "q", "s",
        "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    ]

    private static let mostLinks = 1000

    static func writeText() throws(Failure) {
        var output = TextOutput()
        try walk(try parsed()) { (node, step) throws(Failure) in
            let isText = node.pointee.type == XML_TEXT_NODE || node.pointee.type == XML_CDATA_SECTION_NODE
            if isText, step == .enter { try output.append(text: node.pointee.content) }
            guard let name = name(of: node) else { return isText }
            if !inline.contains(name) { try output.append("\n") }
            return !silent.contains(name)
        }
        try output.flush()
    }

    static func writeLinks() throws(Failure) {
        var output = TextOutput()
        var count = 0
        try walk(try parsed()) { (node, step) throws(Failure) in
            guard step == .enter, count < mostLinks, name(of: node) == "a", let link = xmlGetProp(node, "href") else {
                return true
            }
            count += 1
            let isOneLine = strpbrk(UnsafeRawPointer(link).assumingMemoryBound(to: CChar.self), "\r\n") == nil
            if isOneLine {
                try output.append(text: link)
                try output.append("\n")
            }
            return true
        }
        try output.flush()
    }

    private static func parsed() throws(Failure) -> xmlNodePtr? {
        let bytes = try Pipes.readAll()
        let options =
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue
        // Without a charset in the page, UTF-8 where that is what it is.
        let isUTF8 = String(validating: bytes, as: UTF8.self) != nil
        let document = bytes.withUnsafeBytes { bytes in
            htmlReadMemory(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil,
                isUTF8 ? "UTF-8" : nil, Int32(options))
        }
        guard let document else { throw .damaged }
        return xmlDocGetRootElement(document)
    }

    private enum Step {
        case enter, leave
    }

    /// Visits each node before and after what is in it, without recursion, however deep the page is.
    /// - Parameter visit: answers whether what is in the node is visited, too.
    private static func walk(
        _ root: xmlNodePtr?, _ visit: (xmlNodePtr, Step) throws(Failure) -> Bool
    ) throws(Failure) {
        guard var node = root else { return }
        while true {
            if try visit(node, .enter), let child = node.pointee.children {
                node = child
                continue
            }
            while true {
                _ = try visit(node, .leave)
                if node == root { return }
                if let next = node.pointee.next {
                    node = next
                    break
                }
                guard let parent = node.pointee.parent else { return }
                node = parent
            }
        }
    }

    /// Of an element; nil for anything else.
    private static func name(of node: xmlNodePtr) -> String? {
        guard node.pointee.type == XML_ELEMENT_NODE, let name = node.pointee.name else { return nil }
        return String(decodingCString: name, as: UTF8.self)
    }
}
