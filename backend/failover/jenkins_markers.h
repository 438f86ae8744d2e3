/* The marks that a pipeline leaves in its log. Pure; internal to the client. */
#ifndef DRTOP_FAILOVER_JENKINS_MARKERS_H
#define DRTOP_FAILOVER_JENKINS_MARKERS_H

#include <stdbool.h>

/* Does the log say that the stage was skipped? Jenkins' own lines only, not what a step prints
 * within a line. */
bool markers_skipped(const char *log_text, const char *stage);

#endif
