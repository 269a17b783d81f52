# Lines `<executable> TAB <JSON object of one setting>` become a template for a .env file.

# The value of a key of the JSON object, a string's escapes undone; empty for null or a missing key.
function value_of(json, key,    start, rest, text, char) {
    start = index(json, "\"" key "\":")
    if (start == 0) return ""
    rest = substr(json, start + length(key) + 3)
    if (substr(rest, 1, 1) != "\"") {
        match(rest, /^[^,}]*/)
        text = substr(rest, 1, RLENGTH)
        return text == "null" ? "" : text
    }
    text = ""
    for (rest = substr(rest, 2); rest != ""; rest = substr(rest, 2)) {
        char = substr(rest, 1, 1)
        if (char == "\"") return text
        if (char == "\\") {
            rest = substr(rest, 2)
            char = substr(rest, 1, 1)
            if (char == "n") char = " "
            if (char == "t") char = " "
        }
        text = text char
    }
    return text
}

# In quotes when a reader of the file would take it for something else.
function file_text(text,    quoted) {
    if (text !~ /[ #'\\]/ && text !~ /^"/) return text
    quoted = text
    gsub(/\\/, "\\\\", quoted)
    gsub(/"/, "\\\"", quoted)
    return "\"" quoted "\""
}

# A comment of at most 110 columns a line.
function comment(text,    words, count, i, line) {
    count = split(text, words, " ")
    line = "#"
    for (i = 1; i <= count; i++) {
        if (length(line) + 1 + length(words[i]) > 110) {
            print line
            line = "#"
        }
        line = line " " words[i]
    }
    print line
}

# What it is for, what is allowed unless that is any text, what happens without it.
function entry(name,    text, allowed, unit, note) {
    text = value_of(declared[name], "summary")
    allowed = value_of(declared[name], "allowed")
    unit = value_of(declared[name], "unit")
    note = value_of(declared[name], "default_note")
    text = toupper(substr(text, 1, 1)) substr(text, 2)
    if (allowed != "" && allowed != "a text") text = text " (" allowed (unit == "" ? "" : ", in " unit) ")"
    text = text "."
    if (note != "") text = text " Without it: " note "."
    print ""
    comment(text)
    print "# " name "=" file_text(value_of(declared[name], "default"))
}

function section(readers,    i, title) {
    title = readers
    gsub(/ /, ", ", title)
    if (readers == "gateway auth agents calls analytics") title = "every process"
    print ""
    print ""
    print "# ---- Read by " title
    for (i = 1; i <= total; i++) if (readers_of[names[i]] == readers) entry(names[i])
}

BEGIN { FS = "\t" }

$2 ~ /^\{/ {
    json = substr($0, length($1) + 2)
    name = value_of(json, "name")
    if (name in declared) {
        readers_of[name] = readers_of[name] " " $1
    } else {
        names[++total] = name
        readers_of[name] = $1
    }
    declared[name] = json
}

END {
    # By name, so that two runs write the same file.
    for (i = 2; i <= total; i++) {
        name = names[i]
        for (j = i - 1; j >= 1 && names[j] > name; j--) names[j + 1] = names[j]
        names[j + 1] = name
    }
    print "# Every setting of Switchboard with its default. Written by `./switchboard env-example`; do not edit."
    print "# Copy it to .env beside ./switchboard and take the mark off the lines to change; the environment wins over"
    print "# the file. ./switchboard up fills in what it makes itself: database, secrets, folders, health ports."
    print "# The script itself also reads CALLS_PROCESSES: how many processes of calls it starts (1)."
    everyone = "gateway auth agents calls analytics"
    count = split(everyone, singles, " ")
    for (i = 1; i <= count; i++) section(singles[i])
    for (i = 1; i <= total; i++) {
        readers = readers_of[names[i]]
        if (readers ~ / / && readers != everyone && !(readers in done)) section(readers)
        done[readers] = 1
    }
    section(everyone)
}
