#include "backend/record/notify.h"

#include "backend/net/text.h"
#include "cli/cli.h"

static void print_row(void *ctx, const char *channel, bool ok, const char *why)
{
    int *rows = ctx;
    char clean[512];
    (void)text_clean_str(clean, sizeof clean, channel);
    (*rows)++;
    (void)printf("%-40s %s%s%s\n", clean, ok ? "ok" : "failed", why[0] ? ": " : "", why);
    (void)fflush(stdout); /* the next one may take its time */
}

int cmd_notify(const struct config *cfg, const struct cli_options *options)
{
    int rows = 0;
    (void)options;
    bool all_well = notify_test(cfg, print_row, &rows);
    if (rows == 0) {
        cli_complain("drtop: nobody is to be notified: there is no mail, webhook or exec in %s",
                     cfg->path);
        return CLI_UNAVAILABLE;
    }
    return all_well ? CLI_OK : CLI_UNAVAILABLE;
}
