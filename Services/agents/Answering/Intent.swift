/// What somebody is after with a message: the first of these, in this order, of which the words are found. Words are
/// known in English, Spanish, French, German and Hindi; `docs/answering.md` says more.
enum Intent: String, Sendable, CaseIterable {
    case human
    case complaint
    case cancellation
    case booking
    case refund
    case openingHours = "opening_hours"
    case price
    case payment
    case contact
    case location
    case delivery
    case support
    case thanks
    case goodbye
    case greeting
    case agreement
    case refusal
    case question
    /// A text that is none of these.
    case statement

    static func of(_ text: String) -> Intent {
        if HumanWish.isIn(text) { return .human }
        let words = Words.texts(of: text)
        if let found = allCases.first(where: { $0.isSaid(in: words) }) { return found }
        let isAsked = text.contains { "?？".contains($0) } || words.first.map(questionWords.contains) ?? false
        return isAsked ? .question : .statement
    }

    /// Nothing is asked, so that no knowledge is needed for the answer.
    var isSmallTalk: Bool {
        switch self {
        case .thanks, .goodbye, .greeting, .agreement, .refusal: true
        default: false
        }
    }

    private func isSaid(in words: [String]) -> Bool {
        guard let patterns = Self.patterns[self] else { return false }
        guard patterns.match(words) else { return false }
        guard isSmallTalk else { return true }
        // Small talk is a message that holds nothing else: "Hello, what do you sell?" asks.
        let rest = words.filter { !StopWords.contains($0) && !Self.pleasantries.contains($0) }
        return rest.isEmpty && !(words.contains { Self.questionWords.contains($0) } && !Self.isAfterYou(words))
    }

    /// "How are you" asks, but for nothing.
    private static func isAfterYou(_ words: [String]) -> Bool { wellbeing.match(words) }

    private static let wellbeing = WordPatterns(
        """
        how are you,how is it going,hows it going,whats up,can|could you help me|us,como estas,como esta,wie geht,
        comment allez
        """)

    private static func set(_ text: String) -> Set<String> {
        Set(text.split { $0 == " " || $0 == "\n" }.map { Words.folded($0) })
    }

    static let questionWords = set(
        """
        what when where which who whom whose why how is are do does can could would will should may was were did
        que cual cuales cuando donde quien como cuanto cuanta cuantos puedo puede
        quel quelle quels quelles quand ou qui comment combien pourquoi
        was wer wie wo wann warum welche welcher welches kann konnen
        क्या कब कहां कहाँ कौन कैसे क्यों कितना कितने कितनी kya kab kahan kaun kaise kyun kitna kitne
        """)

    private static let pleasantries = set(
        """
        good morning afternoon evening day night hello hi hey greetings thanks thank thx cheers appreciate great perfect
        awesome wonderful excellent bye goodbye later soon care nice ok okay yes yeah yep sure no nope lot kind kindly
        helpful help cool fine alright day weekend today talk bueno buenos buenas dias tardes noches hola adios hasta
        luego pronto gracias muchas perfecto vale claro bonjour salut bonsoir merci beaucoup revoir bientot journee
        parfait accord guten tag morgen abend hallo hi danke schon vielen dank tschuss wiedersehen auf super gut gern
        नमस्ते नमस्कार धन्यवाद शुक्रिया अलविदा ठीक अच्छा namaste dhanyavaad shukriya alvida theek accha geht dir ihnen
        allez vous comment going whats estas esta welcome there everyone everybody bien tres much so very everything
        bonne une wish wonderful again that thats all
        """)

    private static let patterns: [Intent: WordPatterns] = [
        .complaint: """
        complain*,complaint*,unacceptable,terrible service,worst,awful,ridiculous,disappointed,disgusted,scam,rude,
        not happy,very unhappy,bad service,queja*,reclamacion*,inaceptable,pesimo,plainte,inacceptable,mecontent*,
        beschwer*,unverschamt,inakzeptabel,unzufrieden,शिकायत,बेकार,shikayat
        """,
        .cancellation: """
        cancel*,call off,unsubscribe,terminate,end my subscription|contract|membership,anular,darme de baja,annuler,
        annulation,resilier,resiliation,stornier*,kundig*,absagen,रद्द,कैंसिल
        """,
        .booking: """
        book|booking|bookings,appointment*,reserv*,schedul*,reschedul*,make an appointment,set up a meeting,cita,
        agendar,turno,rendez vous,rdv,termin,termine,buchen,buchung,अपॉइंटमेंट,बुकिंग,बुक,appointment
        """,
        .refund: """
        refund*,money back,reimburs*,chargeback,return policy,reembols*,devolucion*,devolver,rembours*,erstatt*,
        ruckerstatt*,geld zuruck,रिफंड,पैसे वापस
        """,
        .openingHours: """
        opening hours|times,business hours,office hours,working hours,open|opened|opens|opening|closed|closes|closing,
        what time,hours,close at|on,horario*,abierto*,abren,abre,cierran,cierra,horaires,ouvert*,ouvrez,fermez,ferme,
        offnungszeit*,geoffnet,offen,schliess*,समय,खुला,खुले,खुलता,बंद
        """,
        .price: """
        price*,pricing,cost|costs,how much,fee|fees,charge|charges,rate|rates,quote,quotation,expensive,cheap*,
        discount*,
        precio*,cuesta*,cuanto vale,tarifa*,descuento*,prix,coute*,tarif*,cout,preis*,kostet,kosten,rabatt*,कीमत,दाम,
        मूल्य,शुल्क,कितने का,kitne ka
        """,
        .payment: """
        pay,payment*,paying,credit card*,debit card*,invoice*,bill,bills,billing,receipt*,installment*,insurance,
        pagar,pago*,factura*,tarjeta*,payer,paiement*,facture*,carte,bezahl*,zahlen,zahlung*,rechnung*,भुगतान,बिल
        """,
        .location: """
        where are you,where is your,address,directions,location*,located,parking,find you,nearest,direccion,ubicacion,
        donde estan,donde queda,adresse,ou etes vous,situe*,standort,wo seid,wo sind,parkplatz,पता,कहां है,कहाँ है
        """,
        .delivery: """
        deliver*,shipping,shipment*,shipped,my order,order status,track*,package,parcel,entrega*,envio*,pedido,
        livraison,livrer,commande,colis,liefer*,versand,paket,bestellung,डिलीवरी,ऑर्डर
        """,
        .contact: """
        phone number,email address,e mail address,your email,your number,contact you,reach you,call you,telefono,
        correo,numero de telephone,courriel,telefonnummer,kontakt,फोन नंबर,ईमेल
        """,
        .support: """
        not work*,doesnt work,isnt working,broken,error*,problem*,issue*,bug*,crash*,stopped working,cant log,
        cannot log,log in,login,password,reset,troubleshoot*,no funciona,averia,fallo,ne marche pas,ne fonctionne,panne,
        funktioniert nicht,kaputt,fehler,stoerung,काम नहीं,खराब,समस्या
        """,
        .thanks: """
        thank|thanks|thx|cheers,appreciate,gracias,merci,danke,vielen dank,धन्यवाद,शुक्रिया,dhanyavaad,shukriya
        """,
        .goodbye: """
        bye|goodbye,good night,see you,talk to you later,have a nice|good|great,take care,thats all,adios,
        hasta luego|pronto,au revoir,a bientot,bonne journee|soiree,tschuss,auf wiedersehen,bis bald,अलविदा,alvida
        """,
        .greeting: """
        hello|hi|hey|greetings,can|could you help me|us,good morning|afternoon|evening|day,how are you,
        hows it going,whats up,hola,
        buenos dias,buenas tardes|noches,bonjour|salut|bonsoir,hallo,guten tag|morgen|abend,wie geht,नमस्ते,नमस्कार,
        namaste
        """,
        .agreement: """
        yes|yeah|yep|sure|ok|okay|alright|perfect|great,si,claro,vale,oui,daccord,ja,gut,हाँ,हां,ठीक
        """,
        .refusal: "no|nope,no thanks,non,nein,नहीं",
    ].mapValues { WordPatterns($0) }
}
