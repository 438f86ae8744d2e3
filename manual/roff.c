#include "manual/roff.h"

#include <stdint.h>

/* Decodes one character of valid UTF-8; the tables are ours. */
static const char *next_character(const char *text, uint32_t *out)
{
    const unsigned char *s = (const unsigned char *)text;
    int more = s[0] < 0xC0 ? 0 : s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;
    uint32_t c = more ? s[0] & (0x3FU >> more) : s[0];
    for (int i = 1; i <= more && s[i]; i++) {
        c = c << 6 | (s[i] & 0x3FU);
    }
    *out = c;
    return text + 1 + more;
}

/* What troff would read as something else, or print as another character than the one typed. */
static const char *escape_of(uint32_t c)
{
    switch (c) {
    case '\\':
        return "\\(rs";
    case '-':
        return "\\-";
    case '"':
        return "\\(dq";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    default:
        return NULL;
    }
}

void roff_text(FILE *out, const char *text)
{
    uint32_t c;
    if (text[0] == '.') { /* at the head of a line a request */
        (void)fputs("\\&", out);
    }
    while (*text) {
        text = next_character(text, &c);
        const char *escape = escape_of(c);
        if (escape) {
            (void)fputs(escape, out);
        } else if (c > 0x7E) {
            (void)fprintf(out, "\\[u%04X]", (unsigned)c);
        } else {
            (void)fputc((int)c, out);
        }
    }
}

void roff_bold(FILE *out, const char *text)
{
    (void)fputs("\\fB", out);
    roff_text(out, text);
    (void)fputs("\\fR", out);
}

static void heading(FILE *out, const char *macro, const char *name)
{
    (void)fprintf(out, ".%s \"", macro);
    roff_text(out, name);
    (void)fputs("\"\n", out);
}

void roff_section(FILE *out, const char *name)
{
    heading(out, "SH", name);
}

void roff_part(FILE *out, const char *name)
{
    heading(out, "SS", name);
}

void roff_line(FILE *out, const char *text)
{
    roff_text(out, text);
    (void)fputc('\n', out);
}
