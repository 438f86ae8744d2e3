#include "tui/ui_act.h"

#include <string.h>

#include "backend/net/text.h"
#include "tui/palette.h"

static void drop_last_character(char *s)
{
    size_t n = strlen(s);
    while (n > 0 && ((unsigned char)s[--n] & 0xC0) == 0x80) {
    }
    s[n] = '\0';
}

/* What the sanitiser would replace, such as a pasted control character, is not taken at all. */
static void add_character(char *s, size_t size, uint32_t code)
{
    char in[4], clean[8];
    size_t n = strlen(s);
    if (code < 0x20 || code >= KEYCODE_SPECIAL || n + sizeof in >= size) {
        return;
    }
    uint32_t cp = 0;
    size_t len = text_encode(code, in);
    (void)text_decode(in, in + len, &cp);
    if (cp == code && text_clean(clean, sizeof clean, in, len) == len &&
        memcmp(in, clean, len) == 0) {
        memcpy(s + n, in, len);
        s[n + len] = '\0';
    }
}

static unsigned finish_typing(struct ui *ui, int64_t now_ms)
{
    char clean[ALERT_COMMENT_MAX];
    enum ui_typing what = ui->typing;
    if (what != TYPING_FILTER && ui->text[strspn(ui->text, " ")] == '\0') {
        ui_toast(ui, now_ms, "say something, or Esc");
        return UI_PAINT;
    }
    ui->typing = TYPING_NOTHING;
    if (what == TYPING_FILTER) {
        return UI_PAINT;
    }
    (void)text_clean_str(clean, sizeof clean, ui->text);
    memcpy(ui->text, clean, sizeof clean);
    return (what == TYPING_NOTE ? UI_NOTE : UI_ACKNOWLEDGE) | UI_PAINT;
}

/* The line of the palette that is chosen, and Enter does it. */
static unsigned choose(struct ui *ui, uint32_t code, struct snapshot *live, int64_t now_ms)
{
    enum action list[ACTION_COUNT];
    size_t n = palette_list(ui, list);
    if (code == KEYCODE_UP || code == KEYCODE_DOWN) {
        size_t step = code == KEYCODE_DOWN ? 1 : n - 1;
        ui->choice = n > 0 ? (ui->choice + step) % n : 0;
        return UI_PAINT;
    }
    if (n == 0) {
        ui_toast(ui, now_ms, "nothing of that name");
        return UI_PAINT;
    }
    ui->typing = TYPING_NOTHING;
    ui->text[0] = '\0';
    return ui_act(ui, list[ui->choice < n ? ui->choice : 0], live, now_ms) | UI_PAINT;
}

unsigned ui_type(struct ui *ui, uint32_t code, struct snapshot *live, int64_t now_ms)
{
    bool filter = ui->typing == TYPING_FILTER;
    char *s = filter ? ui->filter : ui->text;
    ui->toast_until_ms = 0; /* it would hide what is typed */
    bool picks = code == KEYCODE_ENTER || code == KEYCODE_UP || code == KEYCODE_DOWN;
    if (ui->typing == TYPING_COMMAND && picks) {
        return choose(ui, code, live, now_ms);
    }
    if (code == KEYCODE_ENTER) {
        return finish_typing(ui, now_ms);
    }
    ui->choice = 0;
    if (code == KEYCODE_ESCAPE) {
        ui->typing = TYPING_NOTHING;
        s[0] = '\0';
    } else if (code == KEYCODE_PASTE) {
        ui_toast(ui, now_ms, "pasted text is not taken: type it");
    } else if (code == KEYCODE_BACKSPACE) {
        drop_last_character(s);
    } else {
        add_character(s, filter ? sizeof ui->filter : sizeof ui->text, code);
    }
    return UI_PAINT;
}
