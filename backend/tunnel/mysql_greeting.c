#include "backend/tunnel/mysql_greeting.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "backend/fact/clock.h"
#include "backend/net/text.h"

/* A greeting is about 100 bytes and an error packet at most 512 of text; a length beyond this
 * is not MySQL's. */
#define PAYLOAD_MAX 1024
#define HEADER      4

#define PROTOCOL_10 0x0A
#define PACKET_OK   0x00
#define PACKET_ERR  0xFF
#define COM_QUIT    0x01
#define COM_PING    0x0E

/* Capability flags of the handshake response (MySQL internals manual, "Capabilities Flags"). */
#define CLIENT_PROTOCOL_41       0x00000200U
#define CLIENT_SECURE_CONNECTION 0x00008000U
#define CLIENT_PLUGIN_AUTH       0x00080000U
#define CHARSET_UTF8MB4          45

/* An access-denied answer comes after at most one switch of the method and one more request. */
#define LEAVE_ROUNDS 4

/* No path between sites carries a packet of 8 KiB; a loopback or jumbo frame would be 64. */
#define CODA_LARGE_B 8192
#define CODA_SMALL_B 32
#define ACK_LOOK_US  20000

enum read_end { READ_ALL, READ_CLOSED, READ_LATE };

static enum read_end read_exactly(int fd, unsigned char *buf, size_t n, size_t *have,
                                  const struct wake *wake, int64_t deadline_us)
{
    while (*have < n) {
        if (wait_for(fd, POLLIN, wake, deadline_us) != WAIT_READY) {
            return READ_LATE;
        }
        ssize_t got = recv(fd, buf + *have, n - *have, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            return READ_CLOSED;
        }
        *have += got > 0 ? (size_t)got : 0;
    }
    return READ_ALL;
}

struct packet {
    unsigned char bytes[HEADER + PAYLOAD_MAX];
    size_t have; /* bytes read, header included */
    size_t len;  /* of the payload */
    bool sane;   /* the header can be a server's */
};

static enum read_end read_packet(int fd, struct packet *p, const struct wake *wake,
                                 int64_t deadline_us)
{
    *p = (struct packet){0};
    enum read_end end = read_exactly(fd, p->bytes, HEADER, &p->have, wake, deadline_us);
    if (end != READ_ALL) {
        return end;
    }
    p->len = p->bytes[0] | (size_t)p->bytes[1] << 8 | (size_t)p->bytes[2] << 16;
    p->sane = p->len > 0 && p->len <= PAYLOAD_MAX;
    if (!p->sane) {
        return READ_ALL;
    }
    return read_exactly(fd, p->bytes, HEADER + p->len, &p->have, wake, deadline_us);
}

/* Alien bytes may arrive without ever filling what they would be the header of ("SSH-2.0" is a
 * packet of 5 MB), so they are shown from the header on. */
static void show_alien(const struct packet *p, struct greeting *out)
{
    char shown[24];
    size_t n = p->have < 16 ? p->have : 16;
    (void)text_clean(shown, sizeof shown, (const char *)p->bytes, n);
    out->kind = GREETING_ALIEN;
    (void)snprintf(out->words, sizeof out->words, "answered something that is not MySQL: %s",
                   shown);
}

static void show_error(const struct packet *p, struct greeting *out)
{
    const unsigned char *payload = p->bytes + HEADER;
    char words[100] = "";
    unsigned code = p->len >= 3 ? payload[1] | (unsigned)payload[2] << 8 : 0;
    if (p->len > 3) {
        (void)text_clean(words, sizeof words, (const char *)payload + 3, p->len - 3);
    }
    out->kind = GREETING_ERROR;
    (void)snprintf(out->words, sizeof out->words, "MySQL error %u: %s", code, words);
}

static void show_version(const struct packet *p, struct greeting *out)
{
    const char *version = (const char *)p->bytes + HEADER + 1;
    const char *end = memchr(version, '\0', p->len - 1);
    size_t len = end ? (size_t)(end - version) : p->len - 1;
    /* MariaDB 10 prefixes its version so that replicas of old do not mistake it for 1.x. */
    static const char disguise[] = "5.5.5-";
    if (len > sizeof disguise && memcmp(version, disguise, sizeof disguise - 1) == 0) {
        version += sizeof disguise - 1;
        len -= sizeof disguise - 1;
    }
    out->kind = GREETING_SERVER;
    (void)text_clean(out->words, sizeof out->words, version, len);
}

void greeting_read(int fd, const struct wake *wake, int64_t deadline_us, struct greeting *out)
{
    struct packet p;
    *out = (struct greeting){.kind = GREETING_NOTHING};
    enum read_end end = read_packet(fd, &p, wake, deadline_us);
    unsigned char first = p.have > HEADER ? p.bytes[HEADER] : 0;
    if (end == READ_LATE) {
        return;
    }
    if (end == READ_CLOSED && p.have == 0) {
        out->kind = GREETING_ALIEN;
        (void)text_copy(out->words, sizeof out->words, "closed without a MySQL greeting");
    } else if (end == READ_ALL && p.sane && first == PROTOCOL_10) {
        show_version(&p, out);
    } else if (end == READ_ALL && p.sane && first == PACKET_ERR) {
        show_error(&p, out);
    } else {
        show_alien(&p, out);
    }
}

/* A handful of bytes into an empty send buffer: it takes them, or the connection is gone. */
static bool send_packet(int fd, unsigned char sequence, const unsigned char *payload,
                        size_t len)
{
    unsigned char bytes[HEADER + 128] = {(unsigned char)len, 0, 0, sequence};
    if (len > sizeof bytes - HEADER) {
        return false;
    }
    memcpy(bytes + HEADER, payload, len);
    return send(fd, bytes, HEADER + len, MSG_NOSIGNAL) == (ssize_t)(HEADER + len);
}

static bool send_login(int fd)
{
    static const char tail[] = PROBE_USER "\0" /* user */
                                          "\0" /* length of the password's scramble */
                                          "caching_sha2_password";
    unsigned char payload[32 + sizeof tail] = {
        0}; /* 32: flags, packet limit, charset, filler */
    uint32_t flags = CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH;
    for (int i = 0; i < 4; i++) {
        payload[i] = (unsigned char)(flags >> (8 * i));
    }
    payload[7] = 1; /* packets of up to 16 MiB, little-endian */
    payload[8] = CHARSET_UTF8MB4;
    memcpy(payload + 32, tail, sizeof tail);
    return send_packet(fd, 1, payload, sizeof payload);
}

static enum greeting_end log_in(int fd, const struct wake *wake, int64_t deadline_us)
{
    bool sent = send_login(fd);
    for (int i = 0; sent && i < LEAVE_ROUNDS; i++) {
        struct packet p;
        enum read_end end = read_packet(fd, &p, wake, deadline_us);
        if (end != READ_ALL || !p.sane) {
            return end == READ_LATE ? LEFT_UNANSWERED : LEFT_REFUSED;
        }
        unsigned char first = p.bytes[HEADER];
        if (first == PACKET_OK) {
            return LEFT_IN;
        }
        if (first == PACKET_ERR) {
            return LEFT_REFUSED;
        }
        /* Another method, or more of this one: the empty password again. */
        sent = send_packet(fd, (unsigned char)(p.bytes[3] + 1), (const unsigned char *)"", 0);
    }
    return LEFT_REFUSED;
}

/* No tail behind the full segments: it would arrive where they do not, and be answered. */
static size_t coda_size(int fd, enum greeting_coda coda)
{
    int segment = 0;
    socklen_t len = sizeof segment;
    if (coda != CODA_LARGE) {
        return CODA_SMALL_B;
    }
    if (getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, &len) != 0 || segment <= 0) {
        return 0;
    }
    return segment > CODA_LARGE_B / 2 ? CODA_LARGE_B : 2 * (size_t)segment;
}

/* Nobody reads it, and the host's TCP answers. No event tells of an acknowledgement. */
static enum tri await_tcp(int fd, const struct wake *wake, int64_t deadline_us)
{
    for (;;) {
        int failed = 0, waiting = 0;
        socklen_t len = sizeof failed;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) != 0) {
            return TRI_UNKNOWN;
        }
        if (failed) {
            return failed == ECONNRESET || failed == EPIPE ? TRI_YES : TRI_UNKNOWN;
        }
        if (ioctl(fd, SIOCOUTQ, &waiting) != 0) {
            return TRI_UNKNOWN;
        }
        int64_t now_us = clock_real_us();
        if (waiting == 0 || now_us >= deadline_us) {
            return tri_of(waiting == 0);
        }
        int64_t next_us = now_us + ACK_LOOK_US;
        if (wait_for(fd, 0, wake, next_us < deadline_us ? next_us : deadline_us) ==
            WAIT_INTERRUPTED) {
            return TRI_UNKNOWN;
        }
    }
}

static enum tri await_server(int fd, const struct wake *wake, int64_t deadline_us)
{
    struct packet p;
    enum read_end end = read_packet(fd, &p, wake, deadline_us);
    if (end == READ_LATE) {
        return wake_is_rung(wake) ? TRI_UNKNOWN : TRI_NO;
    }
    return end == READ_ALL ? TRI_YES : TRI_UNKNOWN;
}

static enum tri play_coda(int fd, enum greeting_end end, enum greeting_coda coda,
                          const struct wake *wake, int64_t deadline_us)
{
    size_t n = coda_size(fd, coda), len = n - HEADER;
    unsigned char bytes[CODA_LARGE_B] = {0};
    if (n == 0) {
        return TRI_UNKNOWN;
    }
    bytes[0] = (unsigned char)len;
    bytes[1] = (unsigned char)(len >> 8);
    bytes[HEADER] = COM_PING;
    if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n) {
        return TRI_UNKNOWN;
    }
    enum tri arrived =
        end == LEFT_IN ? await_server(fd, wake, deadline_us) : await_tcp(fd, wake, deadline_us);
    if (arrived != TRI_YES) {
        const struct linger reset = {.l_onoff = 1};
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    return arrived;
}

enum greeting_end greeting_leave(int fd, const struct wake *wake, int64_t deadline_us,
                                 enum greeting_coda coda, enum tri *out_arrived)
{
    enum greeting_end end = log_in(fd, wake, deadline_us);
    enum tri arrived = TRI_UNKNOWN;
    if (coda != CODA_NONE && end != LEFT_UNANSWERED) {
        arrived = play_coda(fd, end, coda, wake, deadline_us);
    }
    if (end == LEFT_IN && (coda == CODA_NONE || arrived == TRI_YES)) {
        const unsigned char quit = COM_QUIT;
        (void)send_packet(fd, 0, &quit, 1);
    }
    *out_arrived = arrived;
    return end;
}
