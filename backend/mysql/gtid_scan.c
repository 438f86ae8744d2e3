#include "backend/mysql/gtid_scan.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

void scan_blanks(const char **p)
{
    while (is_blank(**p)) {
        (*p)++;
    }
}

bool scan_mark(const char **p, char c)
{
    scan_blanks(p);
    if (**p != c) {
        return false;
    }
    (*p)++;
    return true;
}

bool scan_number(const char **p, uint64_t max, uint64_t *out_n)
{
    scan_blanks(p);
    if (!is_digit(**p)) {
        return false;
    }
    uint64_t n = 0;
    for (; is_digit(**p); (*p)++) {
        uint64_t digit = (uint64_t)(**p - '0');
        if (n > (max - digit) / 10) {
            return false;
        }
        n = n * 10 + digit;
    }
    *out_n = n;
    return true;
}
