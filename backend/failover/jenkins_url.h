/* Addresses at a controller: base, context path, folders, and exactly one slash between them.
 * Pure. Results are the caller's to free. */
#ifndef DRTOP_FAILOVER_JENKINS_URL_H
#define DRTOP_FAILOVER_JENKINS_URL_H

/* Percent-encodes all but letters, digits and "-._~". */
char *jenkins_url_encode(const char *text);

/* "ops/db team/x" gives "job/ops/job/db%20team/job/x/"; empty parts are left out. */
char *jenkins_url_job(const char *path);

/* base without its trailing slashes, '/', folder (as jenkins_url_job() gives it, or ""), and the
 * rest, printed, without a slash before it. */
char *jenkins_url(const char *base, const char *folder, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with "?tree=" and a tree, which is encoded: "a[b,c]". */
char *jenkins_url_tree(const char *base, const char *folder, const char *rest,
                       const char *tree);

#endif
