# Prints C as "file:line:code" without comments and with empty strings, so that a pattern cannot match prose. #include lines stay whole.
FNR == 1 { in_comment = 0 }
{
    out = ""
    if (!in_comment && /^[ \t]*#[ \t]*include/) {
        print FILENAME ":" FNR ":" $0
        next
    }
    rest = $0
    while (rest != "") {
        if (in_comment) {
            end = index(rest, "*/")
            if (!end)
                break
            rest = substr(rest, end + 2)
            in_comment = 0
            continue
        }
        if (!match(rest, /\/\*|\/\/|"|'/)) {
            out = out rest
            break
        }
        out = out substr(rest, 1, RSTART - 1)
        mark = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        if (mark == "//")
            break
        if (mark == "/*") {
            out = out " "
            in_comment = 1
            continue
        }
        out = out mark mark
        while (rest != "" && substr(rest, 1, 1) != mark)
            rest = substr(rest, substr(rest, 1, 1) == "\\" ? 3 : 2)
        rest = substr(rest, 2)
    }
    print FILENAME ":" FNR ":" out
}
