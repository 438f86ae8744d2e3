#include "backend/mysql/gtid.h"

#include "backend/mem.h"
#include "backend/mysql/gtid_scan.h"

#include <stdlib.h>

struct domain {
    uint64_t id, seq;
};

/* A MariaDB position as its domains, each with the highest sequence number. */
struct position {
    size_t n, cap;
    struct domain *domains;
};

static struct domain *position_get(const struct position *p, uint64_t id)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->domains[i].id == id) {
            return &p->domains[i];
        }
    }
    return NULL;
}

static void position_add(struct position *p, uint64_t id, uint64_t seq)
{
    struct domain *d = position_get(p, id);
    if (d) {
        d->seq = d->seq < seq ? seq : d->seq;
        return;
    }
    if (p->n == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 4;
        p->domains = mem_realloc(p->domains, p->cap, sizeof *p->domains);
    }
    p->domains[p->n++] = (struct domain){.id = id, .seq = seq};
}

/* Fills *out, whose memory the caller frees either way. False when malformed or empty. */
static bool position_parse(const char *text, struct position *out)
{
    const char *p = text ? text : "";
    do {
        uint64_t id, server, seq;
        if (!scan_number(&p, UINT32_MAX, &id) || !scan_mark(&p, '-') ||
            !scan_number(&p, UINT32_MAX, &server) || !scan_mark(&p, '-') ||
            !scan_number(&p, UINT64_MAX, &seq)) {
            return false;
        }
        position_add(out, id, seq);
    } while (scan_mark(&p, ','));
    return *p == '\0';
}

static struct opt_i64 position_distance(const struct position *ahead,
                                        const struct position *behind)
{
    for (size_t i = 0; i < behind->n; i++) {
        const struct domain *d = position_get(ahead, behind->domains[i].id);
        if (!d || d->seq < behind->domains[i].seq) {
            return (struct opt_i64){.known = false};
        }
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < ahead->n; i++) {
        const struct domain *d = position_get(behind, ahead->domains[i].id);
        uint64_t n = ahead->domains[i].seq - (d ? d->seq : 0);
        sum = n > INT64_MAX || sum > INT64_MAX - n ? INT64_MAX : sum + n;
    }
    return opt_i64((int64_t)sum);
}

struct opt_i64 gtid_mariadb_behind(const char *ahead, const char *behind)
{
    struct position a = {.n = 0}, b = {.n = 0};
    struct opt_i64 result = {.known = false};
    if (position_parse(ahead, &a) && position_parse(behind, &b)) {
        result = position_distance(&a, &b);
    }
    free(a.domains);
    free(b.domains);
    return result;
}
