/* Whatever a theme file holds, it is refused with a place or gives a theme that can be painted:
 * colours within 24 bits, known attributes, a clean name, an index in every tier. */
#include "tui/theme.h"

#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_colour(int32_t rgb)
{
    require(rgb >= THEME_DEFAULT_COLOUR && rgb <= 0xffffff);
    int least = rgb == THEME_DEFAULT_COLOUR ? -1 : 0;
    require(theme_to_256(rgb) == least || (theme_to_256(rgb) >= 16 && theme_to_256(rgb) < 256));
    require(theme_to_16(rgb) >= least && theme_to_16(rgb) < 16);
    require(theme_to_8(rgb) >= least && theme_to_8(rgb) < 8);
}

static void check_theme(const struct theme *theme)
{
    char clean[2 * sizeof theme->name];
    require(memchr(theme->name, '\0', sizeof theme->name) != NULL);
    (void)text_clean_str(clean, sizeof clean, theme->name);
    require(strcmp(clean, theme->name) == 0);
    for (int i = 0; i < ROLE_COUNT; i++) {
        check_colour(theme->style[i].fg);
        check_colour(theme->style[i].bg);
        require(theme->style[i].attrs < 16 && theme->style[i].mono_attrs < 16);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct theme theme;
    struct error err = {""};
    if (theme_parse("fuzz.json", (const char *)data, size, &theme, &err)) {
        check_theme(&theme);
    } else {
        require(strncmp(err.text, "fuzz.json:", 10) == 0);
        require(err.text[10] >= '1' && err.text[10] <= '9');
    }
    return 0;
}
