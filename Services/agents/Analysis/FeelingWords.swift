/// Words that say how somebody feels, written down for conversations with a business. Weights go from -3 to 3.
enum FeelingWords {
    struct Entry {
        let weight: Double
        let emotion: String?
        /// It is two words, and a denial in them belongs to it.
        let isPair: Bool
    }

    /// - Parameter previous: the word before; some words mean something only behind another one.
    static func entry(_ word: String, after previous: String) -> Entry? {
        table[previous + " " + word] ?? table[word] ?? stems[Stem.of(word)]
    }

    static let denials = set(
        """
        not no never dont doesnt didnt isnt wasnt arent cant couldnt wont without hardly nothing no nunca sin
        tampoco pas
        jamais sans nicht kein keine keinen nie ohne नहीं मत न
        """)
    static let intensifiers = set(
        """
        very really so extremely absolutely totally completely incredibly super too much such quite highly muy tan
        realmente tres vraiment sehr wirklich total echt बहुत काफी
        """)

    private static func set(_ text: String) -> Set<String> {
        Set(text.split { $0 == " " || $0 == "\n" }.map { Words.folded($0) })
    }

    private static let table: [String: Entry] = {
        var table: [String: Entry] = [:]
        for line in (english + others).split(separator: "\n") {
            let parts = line.split(separator: ":")
            guard parts.count == 2 else { continue }
            let head = parts[0].split(separator: " ")
            guard let weight = head.first.flatMap({ Double($0) }) else { continue }
            let emotion = head.count > 1 ? String(head[1]) : nil
            for word in parts[1].split(separator: ",") {
                table[Words.folded(word.drop { $0 == " " })] = Entry(
                    weight: weight, emotion: emotion, isPair: word.dropFirst().contains(" "))
            }
        }
        return table
    }()

    /// Of English words alone, so that "disappointing" and "disappoints" are found by "disappointed".
    private static let stems: [String: Entry] = {
        var stems: [String: Entry] = [:]
        for (word, entry) in table.sorted(by: { $0.key < $1.key }) where !word.contains(" ") && word.utf8.count > 4 {
            let stem = Stem.of(word)
            if stems[stem] == nil { stems[stem] = entry }
        }
        return stems
    }()

    private static let english = """
        3 joy: love, amazing, wonderful, fantastic, excellent, brilliant, delighted, thrilled, outstanding, awesome
        2 joy: great, happy, glad, perfect, pleased, enjoy, superb, lovely, best, impressed
        1: good, nice, fine, easy, helpful, useful, clear, quick, fast, friendly
        1: satisfied, smooth, polite, works, solved
        1: fixed, resolved, better, cool, recommend, sounds good
        2 gratitude: thank, thanks, grateful, appreciate, appreciated, thankful, thx
        1 surprise: wow, surprised, unexpected, incredible
        -3 anger: furious, outraged, outrageous, hate, disgusting, unacceptable, scam, fraud
        -3 anger: liar, lawsuit, lawyer, thieves
        -2 anger: angry, rude, ridiculous, insulting, stupid, idiot, shameful, worst, horrible, terrible, awful, lied
        -2 frustration: frustrated, frustrating, annoyed, annoying, useless, fed up, tired of, sick of, waste, nonsense
        -1 frustration: waiting, waited, slow, late, delayed, repeat, repeatedly, stuck, keeps, forever
        -2 disappointment: disappointed, disappointing, unhappy, dissatisfied, poor, unsatisfied, letdown, let down
        -1 disappointment: bad, expected, unfortunately, worse, missing, wrong, overpriced, expensive
        -2 sadness: sad, upset, crying, heartbroken, depressed, devastated, miserable
        -1 worry: worried, worry, concerned, afraid, nervous, anxious, scared, urgent, emergency, unsafe, risk
        -1 confusion: confused, confusing, unclear, lost, puzzled, complicated, dont understand
        -1: problem, problems, issue, issues, broken, error, fail, failed, failing, complaint, complain, difficult
        -1: crash, crashed, damaged, pain, hurt
        """
    private static let others = """
        2 joy: encantado, excelente, perfecto, genial, feliz, parfait, excellent, super, ravi, contente, heureux
        2 joy: perfekt, toll, ausgezeichnet, prima, zufrieden, glucklich, wunderbar, बढ़िया, शानदार, खुश
        2 gratitude: gracias, merci, danke, dankbar, धन्यवाद, शुक्रिया, dhanyavaad, shukriya
        1: bueno, bien, util, facil, bon, bonne, utile, gut, hilfreich, einfach, अच्छा, अच्छी, accha
        -2 anger: enfadado, furioso, inaceptable, horrible, terrible, ridiculo, furieux, inacceptable, honteux, wutend
        -2 anger: unverschamt, inakzeptabel, schrecklich, furchtbar, गुस्सा, घटिया
        -2 frustration: frustrado, harto, inutil, enerve, frustre, nervig, genervt, nutzlos, परेशान, बेकार
        -2 disappointment: decepcionado, decu, decevant, enttauscht, unzufrieden, निराश
        -2 sadness: triste, traurig, दुखी
        -1 worry: preocupado, inquiet, inquiete, besorgt, sorge, urgente, dringend, चिंता
        -1 confusion: confundido, perdu, verwirrt, unklar
        -1: problema, malo, mal, error, lento, probleme, mauvais, lent, panne, problem, schlecht, fehler, kaputt
        -1: समस्या, खराब, गलत, दिक्कत
        """
}
