/// Words that say nothing of what a text is about.
enum StopWords {
    static func contains(_ word: String) -> Bool { all.contains(word) }

    private static let all = Set(
        (english + spanish + french + german + hindi).split(separator: " ").map { Words.folded($0) })

    private static let english = """
        a about after again all also am an and any are arent as at be because been before being both but by can cant \
        cannot could couldnt did didnt do does doesnt doing dont each else ever few for from get gets give go going \
        got had has have havent having he hello help her here hers hey hi him his how i id if ill im in into is isnt \
        it its ive just know let lets like may me might mine more most much must my need no nor not now of off ok \
        okay on once one only or other our ours out over own please really s same see shall she should so some \
        something such t tell than thank thanks that thats the their them then there theres these they theyre thing \
        things this those to too until up us use very want wants was wasnt way we well were what whats when where \
        which while who whom why will with wont would yes yet you youd youll your youre yours sure right maybe any \
        anything everything nothing someone anyone say said ask asked wanted wondering possible
        """
    private static let spanish = """
        el la los las un una unos unas de del al y o u que en por para con sin es son soy eres ser estar esta estan \
        estoy hay mi mis tu tus su sus me te se nos le les lo como cual cuales cuando donde quien cuanto cuanta \
        cuantos si no muy mas pero porque puedo puede quiero quisiera tengo tiene hola gracias favor ya este esto \
        ese eso aqui alli
        """
    private static let french = """
        le la les un une des du de au aux et ou que qui quoi dans en par pour avec sans est sont suis etes etre ai \
        as a avez avons ont mon ma mes ton ta tes son sa ses notre nos votre vos leur je tu il elle nous vous ils \
        elles me te se ce cet cette ces ca quel quelle quels quelles quand comment combien pas ne plus mais si oui \
        non tres puis peux peut voudrais veux bonjour merci sil plait y j l d c n s m t qu est
        """
    private static let german = """
        der die das den dem des ein eine einen einem einer eines und oder dass in im an am auf bei mit ohne von vom \
        zu zum zur fur ist sind bin bist sein war haben habe hat hast mein meine meinen dein deine ihr ihre ihren \
        sein seine ich du er sie es wir mich mir dich dir uns euch sich was wer wie wo wann warum welche welcher \
        welches wieviel nicht kein keine ja nein aber auch nur noch sehr kann kannst konnen konnte mochte will wird \
        werden hallo danke bitte man so wenn als um gibt
        """
    private static let hindi = """
        का की के को से में पर और या है हैं था थे थी हो हूं हूँ मैं हम आप तुम वह यह ये वे मेरा मेरी मेरे आपका आपकी \
        आपके क्या कब कहां कहाँ कौन कैसे क्यों कितना कितने कितनी नहीं हां हाँ जी भी तो ही कि एक कोई कुछ लिए मुझे \
        हमें चाहिए सकता सकते सकती कर करें करना नमस्ते धन्यवाद कृपया
        """
}
