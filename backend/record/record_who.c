/* Who we are, for people, and a token that is nobody else's. */
#include "backend/record/record_state.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "backend/net/text.h"

static void user_name(char out[64])
{
    char buffer[2048];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found) {
        (void)text_clean_str(out, 64, found->pw_name);
    } else {
        (void)snprintf(out, 64, "uid %ld", (long)geteuid());
    }
}

/* "10.0.0.7 51234 22", as sshd writes it. */
static void where_from(char out[64])
{
    const char *ssh = getenv("SSH_CONNECTION");
    (void)text_clean(out, 64, ssh ? ssh : "", ssh ? strcspn(ssh, " ") : 0);
}

void record_who(char out[ALERT_WHO_MAX])
{
    char user[64], from[64], tty[64] = "";
    const char *behind = getenv("SUDO_USER");
    user_name(user);
    where_from(from);
    bool on_tty = ttyname_r(STDIN_FILENO, tty, sizeof tty) == 0;
    const char *line = strncmp(tty, "/dev/", 5) == 0 ? tty + 5 : tty;
    char text[256];
    (void)snprintf(text, sizeof text, "%s%s%s%s%s%s%s", behind && behind[0] ? behind : user,
                   behind && behind[0] ? " as " : "", behind && behind[0] ? user : "",
                   on_tty ? " on " : "", on_tty ? line : "", from[0] ? " from " : "", from);
    (void)text_clean_str(out, ALERT_WHO_MAX, text);
}

void record_sign(struct store_lease *out, const char *name)
{
    unsigned char bytes[16] = {0};
    char user[64], host[64] = "", text[256];
    user_name(user);
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(text, sizeof text, "%s, pid %ld, user %s, host %s", name, (long)getpid(),
                   user, host);
    (void)text_clean_str(out->who, sizeof out->who, text);
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        (void)snprintf((char *)bytes, sizeof bytes, "%ld", (long)getpid());
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        (void)snprintf(out->token + 2 * i, 3, "%02x", bytes[i]);
    }
}
