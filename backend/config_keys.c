#include "backend/config_keys.h"

#include "backend/config.h"
#include "backend/config_tunnel.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

#define PERIODS  .min = 100, .max = 10 * MINUTE
#define TIMEOUTS .min = 100, .max = MINUTE
#define TIMEOUT  TIMEOUTS, .fallback = "\"2s\""

static const char *const tls_modes[] = {"disabled",  "preferred",       "required",
                                        "verify_ca", "verify_identity", NULL};
static const char *const tunnel_types[] = {"probe", "aws", "azure", "strongswan", "exec", NULL};
static const char *const aws_sources[] = {"ec2", "cloudwatch", NULL};
static const char *const azure_clouds[] = {"public", "government", "china", NULL};
static const char *const azure_logins[] = {"auto",    "secret", "federated",
                                           "managed", "az",     NULL};
static const char *const charsets[] = {"auto", "utf-8", "ascii", NULL};
static const char *const plots[] = {"auto", "braille", "block", "ascii", NULL};
static const char *const popups[] = {"none", "osc9", "osc777", NULL};
static const char *const syncs[] = {"auto", "off", NULL};
static const char *const routes[] = {"public", "vpn", "direct", NULL};
static const char *const smtp_tls[] = {"none", "starttls", "tls", NULL};
static const char *const webhook_types[] = {"generic", "slack", "discord", NULL};
static const char *const severities[] = {"warning", "critical", NULL};

const struct config_key config_secret_keys[] = {
    {.name = "file", .type = KEY_PATH},        {.name = "credential", .type = KEY_TEXT},
    {.name = "command", .type = KEY_TEXT},     {.name = "env", .type = KEY_TEXT},
    {.name = "option_file", .type = KEY_PATH}, {0},
};

#define AT(member) .offset = offsetof(struct config_tls, member)
static const struct config_key tls_keys[] = {
    {"mode", KEY_CHOICE, AT(mode), .choices = tls_modes, .fallback = "\"preferred\""},
    {"ca", KEY_PATH, AT(ca)},
    {"cert", KEY_PATH, AT(cert)},
    {"key", KEY_PATH, AT(key)},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_db, member)
static const struct config_key db_keys[] = {
    {"host", KEY_HOST, .required = true, AT(host)},
    {"port", KEY_PORT, AT(port), .min = 1, .max = UINT16_MAX, .fallback = "3306"},
    {"user", KEY_TEXT, .required = true, AT(user)},
    {"password", KEY_SECRET, AT(password), .keys = config_secret_keys},
    {"tls", KEY_OBJECT, AT(tls), .keys = tls_keys},
    {"channel", KEY_TEXT, AT(channel)},
    {"heartbeat_table", KEY_TABLE, AT(heartbeat_table)},
    {"route", KEY_CHOICE, AT(route), .choices = routes},
    {"timeout", KEY_DURATION, AT(timeout_ms), TIMEOUT},
    {0},
};
#undef AT

/* Whether an application is expected depends on the site, and so does a database's route: config.c
 * sets them. */
#define AT(member) .offset = offsetof(struct config_app, member)
static const struct config_key app_keys[] = {
    {"url", KEY_URL, .required = true, AT(url)},
    {"expect_status", KEY_STATUS, .offset = 0, .min = 100, .max = 599,
     .fallback = "[200, 399]"},
    {"host_header", KEY_TEXT, AT(host_header)},
    {"ca", KEY_PATH, AT(ca)},
    {"verify_tls", KEY_BOOL, AT(verify_tls), .fallback = "true"},
    {"expected", KEY_BOOL, AT(expected)},
    {"route", KEY_CHOICE, AT(route), .choices = routes, .fallback = "\"public\""},
    {"strikes", KEY_INT, AT(strikes), .min = 1, .max = 100, .fallback = "3"},
    {"period", KEY_DURATION, AT(period_ms), PERIODS, .fallback = "\"1s\""},
    {"timeout", KEY_DURATION, AT(timeout_ms), TIMEOUT},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_control_plane, member)
static const struct config_key control_plane_keys[] = {
    {"name", KEY_NAME, AT(name)},
    {"target", KEY_TARGET, .required = true, AT(target)},
    {"period", KEY_DURATION, AT(period_ms), PERIODS, .fallback = "\"5s\""},
    {"timeout", KEY_DURATION, AT(timeout_ms), TIMEOUT},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_site, member)
static const struct config_key primary_keys[] = {
    {"site", KEY_NAME, AT(name)},
    {"mysql", KEY_OBJECT, .required = true, AT(db), .keys = db_keys},
    {"app", KEY_OBJECT, AT(app), .keys = app_keys},
    {"control_plane", KEY_OBJECT, AT(control_plane), .keys = control_plane_keys},
    {0},
};

static const struct config_key dr_keys[] = {
    {"site", KEY_NAME, AT(name)},
    {"mysql", KEY_OBJECT, .required = true, AT(db), .keys = db_keys},
    {"app", KEY_OBJECT, AT(app), .keys = app_keys},
    {0},
};
#undef AT

/* All kinds in one table; config_tunnel.c says which key belongs to which kind, which of them it
 * needs, and the default of those that depend on it. */
#define AT(member) .offset = offsetof(struct config_tunnel, member)
static const struct config_key tunnel_keys[] = {
    {"type", KEY_CHOICE, .required = true, AT(kind), .choices = tunnel_types},
    {"name", KEY_NAME, AT(name)},
    {"tunnels", KEY_WORDS, AT(tunnels)},
    {"expected_up", KEY_INT, AT(expected_up), .min = 1, .max = 8},
    {"period", KEY_DURATION, AT(period_ms), PERIODS},
    {"timeout", KEY_DURATION, AT(timeout_ms), TIMEOUTS},

    {"host", KEY_HOST, AT(probe.host)},
    {"port", KEY_PORT, AT(probe.port), .min = 1, .max = UINT16_MAX, .fallback = "3306"},
    {"greeting", KEY_BOOL, AT(probe.greeting), .fallback = "true"},
    {"large", KEY_BOOL, AT(probe.large), .fallback = "true"},
    {"window", KEY_INT, AT(probe.window), .min = 5, .max = 600, .fallback = "60"},

    {"source", KEY_CHOICE, AT(aws.source), .choices = aws_sources, .fallback = "\"ec2\""},
    {"region", KEY_NAME, AT(aws.region)},
    {"profile", KEY_NAME, AT(aws.profile)},
    {"vpn_connection", KEY_NAME, AT(aws.vpn_connection)},
    {"alarms", KEY_WORDS, AT(aws.alarms)},
    {"ec2_endpoint", KEY_URL, AT(aws.ec2_endpoint)},
    {"cloudwatch_endpoint", KEY_URL, AT(aws.cloudwatch_endpoint)},
    {"sts_endpoint", KEY_URL, AT(aws.sts_endpoint)},

    {"cloud", KEY_CHOICE, AT(azure.cloud), .choices = azure_clouds, .fallback = "\"public\""},
    {"subscription", KEY_NAME, AT(azure.subscription)},
    {"resource_group", KEY_NAME, AT(azure.resource_group)},
    {"connection", KEY_NAME, AT(azure.connection)},
    {"login", KEY_CHOICE, AT(azure.login), .choices = azure_logins, .fallback = "\"auto\""},
    {"tenant", KEY_NAME, AT(azure.tenant)},
    {"client_id", KEY_NAME, AT(azure.client_id)},
    {"client_secret", KEY_SECRET, AT(azure.client_secret), .keys = config_secret_keys},
    {"token_file", KEY_PATH, AT(azure.token_file)},
    {"arm_endpoint", KEY_URL, AT(azure.arm_endpoint)},
    {"login_endpoint", KEY_URL, AT(azure.login_endpoint)},
    {"identity_endpoint", KEY_URL, AT(azure.identity_endpoint)},

    {"ca", KEY_PATH, AT(ca)},
    {"socket", KEY_PATH, AT(socket)},
    {"command", KEY_COMMAND, AT(command)},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_anchor, member)
static const struct config_key anchor_keys[] = {
    {"name", KEY_NAME, AT(name)},
    {"target", KEY_TARGET, .required = true, AT(target)},
    {"period", KEY_DURATION, AT(period_ms), PERIODS, .fallback = "\"5s\""},
    {"timeout", KEY_DURATION, AT(timeout_ms), TIMEOUT},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_poll, member)
static const struct config_key poll_keys[] = {
    {"positions", KEY_DURATION, AT(positions_ms), .min = 50, .max = 10 * SECOND,
     .fallback = "\"250ms\""},
    {"status", KEY_DURATION, AT(status_ms), .min = 100, .max = MINUTE, .fallback = "\"1s\""},
    {"backoff_max", KEY_DURATION, AT(backoff_max_ms), .min = 100, .max = MINUTE,
     .fallback = "\"2s\""},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_objectives, member)
static const struct config_key objectives_keys[] = {
    {"rpo", KEY_DURATION, AT(rpo_ms), .min = 100, .max = 24 * HOUR, .fallback = "\"1s\""},
    {"rto", KEY_DURATION, AT(rto_ms), .min = 1 * SECOND, .max = 168 * HOUR,
     .fallback = "\"20m\""},
    {"pipeline", KEY_DURATION, AT(pipeline_ms), .min = 1 * SECOND, .max = 168 * HOUR,
     .fallback = "\"13m\""},
    {"validation", KEY_DURATION, AT(validation_ms), .min = 0, .max = 24 * HOUR,
     .fallback = "\"2m\""},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_verdict, member)
static const struct config_key verdict_keys[] = {
    {"strikes", KEY_INT, AT(strikes), .min = 1, .max = 100, .fallback = "3"},
    {"hold", KEY_DURATION, AT(hold_ms), .min = 0, .max = 10 * MINUTE, .fallback = "\"2s\""},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_alerts, member)
static const struct config_key alerts_keys[] = {
    {"lag_for", KEY_DURATION, AT(lag_for_ms), .min = 0, .max = HOUR, .fallback = "\"3s\""},
    {"stale_for", KEY_DURATION, AT(stale_for_ms), .min = 500, .max = HOUR,
     .fallback = "\"5s\""},
    {"fail_for", KEY_DURATION, AT(fail_for_ms), .min = 0, .max = HOUR, .fallback = "\"3s\""},
    {"clear_for", KEY_DURATION, AT(clear_for_ms), .min = 0, .max = HOUR, .fallback = "\"2s\""},
    {"flap_count", KEY_INT, AT(flap_count), .min = 2, .max = 1000, .fallback = "4"},
    {"flap_window", KEY_DURATION, AT(flap_window_ms), .min = 1 * SECOND, .max = 24 * HOUR,
     .fallback = "\"5m\""},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_maintenance, member)
static const struct config_key maintenance_keys[] = {
    {"at", KEY_WINDOW, .required = true, AT(at)},
    {"for", KEY_DURATION, AT(for_ms), .min = MINUTE, .max = 168 * HOUR, .fallback = "\"1h\""},
    {"reason", KEY_TEXT, .required = true, AT(reason)},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_record, member)
static const struct config_key record_keys[] = {
    {"enabled", KEY_BOOL, AT(enabled), .fallback = "true"},
    {"directory", KEY_PATH, AT(directory)},
    {"metrics", KEY_LOOPBACK, AT(metrics)},
    {"metrics_file", KEY_PATH, AT(metrics_file)},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_recipient, member)
static const struct config_key recipient_keys[] = {
    {"role", KEY_NAME, AT(role)},
    {"address", KEY_ADDRESS, .required = true, AT(address)},
    {"after", KEY_DURATION, AT(after_ms), .min = 0, .max = 24 * HOUR, .fallback = "\"0s\""},
    {0},
};
#undef AT

#define SENDING .min = 100, .max = 5 * MINUTE, .fallback = "\"20s\""

#define AT(member) .offset = offsetof(struct config_mail, member)
static const struct config_key mail_keys[] = {
    {"host", KEY_HOST, .required = true, AT(host)},
    {"port", KEY_PORT, AT(port), .min = 1, .max = UINT16_MAX, .fallback = "587"},
    {"tls", KEY_CHOICE, AT(tls), .choices = smtp_tls, .fallback = "\"starttls\""},
    {"ca", KEY_PATH, AT(ca)},
    {"verify_tls", KEY_BOOL, AT(verify_tls), .fallback = "true"},
    {"user", KEY_TEXT, AT(user)},
    {"password", KEY_SECRET, AT(password), .keys = config_secret_keys},
    {"from", KEY_ADDRESS, .required = true, AT(from)},
    {"recipients", KEY_LIST, AT(recipients), .max = CONFIG_RECIPIENTS_MAX,
     .keys = recipient_keys, .count_offset = offsetof(struct config_mail, n_recipients),
     .size = sizeof(struct config_recipient)},
    {"timeout", KEY_DURATION, AT(timeout_ms), SENDING},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_webhook, member)
static const struct config_key webhook_keys[] = {
    {"name", KEY_NAME, AT(name)},
    {"type", KEY_CHOICE, AT(kind), .choices = webhook_types, .fallback = "\"generic\""},
    {"url", KEY_SECRET, .required = true, AT(url), .keys = config_secret_keys},
    {"key", KEY_SECRET, AT(key), .keys = config_secret_keys},
    {"ca", KEY_PATH, AT(ca)},
    {"timeout", KEY_DURATION, AT(timeout_ms), SENDING},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_exec, member)
static const struct config_key exec_keys[] = {
    {"name", KEY_NAME, AT(name)},
    {"command", KEY_COMMAND, .required = true, AT(command)},
    {"timeout", KEY_DURATION, AT(timeout_ms), SENDING},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_notify, member)
static const struct config_key notify_keys[] = {
    {"severity", KEY_CHOICE, AT(severity), .choices = severities, .fallback = "\"critical\""},
    {"group_for", KEY_DURATION, AT(group_for_ms), .min = 0, .max = HOUR, .fallback = "\"3s\""},
    {"per_hour", KEY_INT, AT(per_hour), .min = 1, .max = 3600, .fallback = "20"},
    {"mail", KEY_OBJECT, AT(mail), .keys = mail_keys},
    {"webhooks", KEY_LIST, AT(webhooks), .max = CONFIG_WEBHOOKS_MAX, .keys = webhook_keys,
     .count_offset = offsetof(struct config_notify, n_webhooks),
     .size = sizeof(struct config_webhook)},
    {"execs", KEY_LIST, AT(execs), .max = CONFIG_EXECS_MAX, .keys = exec_keys,
     .count_offset = offsetof(struct config_notify, n_execs),
     .size = sizeof(struct config_exec)},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_jenkins, member)
static const struct config_key jenkins_keys[] = {
    {"url", KEY_URL, .required = true, AT(url)},
    {"user", KEY_TEXT, .required = true, AT(user)},
    {"token", KEY_SECRET, .required = true, AT(token), .keys = config_secret_keys},
    {"ca", KEY_PATH, AT(ca)},
    {"verify_tls", KEY_BOOL, AT(verify_tls), .fallback = "true"},
    {"timeout", KEY_DURATION, AT(timeout_ms), .min = 100, .max = MINUTE, .fallback = "\"5s\""},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_parameter, member)
static const struct config_key parameter_keys[] = {
    {"name", KEY_TEXT, .required = true, AT(name)},
    {"value", KEY_VALUE, .required = true, AT(value)},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_job, member)
static const struct config_key job_keys[] = {
    {"path", KEY_TEXT, .required = true, AT(path)},
    {"parameters", KEY_LIST, AT(parameters), .max = CONFIG_PARAMETERS_MAX,
     .keys = parameter_keys, .count_offset = offsetof(struct config_job, n_parameters),
     .size = sizeof(struct config_parameter)},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_phase, member)
static const struct config_key phase_keys[] = {
    {"name", KEY_NAME, .required = true, AT(name)},
    {"stages", KEY_WORDS, .required = true, AT(stages)},
    {"no_return", KEY_BOOL, AT(no_return), .fallback = "false"},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_failover, member)
static const struct config_key failover_keys[] = {
    {"jenkins", KEY_OBJECT, .required = true, AT(jenkins), .keys = jenkins_keys},
    {"job", KEY_OBJECT, .required = true, AT(job), .keys = job_keys},
    {"drill", KEY_OBJECT, AT(drill), .keys = job_keys},
    {"request_id_parameter", KEY_TEXT, AT(request_id_parameter),
     .fallback = "\"DRTOP_REQUEST_ID\""},
    {"operator_parameter", KEY_TEXT, AT(operator_parameter), .fallback = "\"DRTOP_OPERATOR\""},
    {"reason_parameter", KEY_TEXT, AT(reason_parameter), .fallback = "\"DRTOP_REASON\""},
    {"target", KEY_NAME, AT(target)},
    {"phases", KEY_LIST, AT(phases), .max = CONFIG_PHASES_MAX, .keys = phase_keys,
     .count_offset = offsetof(struct config_failover, n_phases),
     .size = sizeof(struct config_phase)},
    {"countdown", KEY_DURATION, AT(countdown_ms), .min = 1 * SECOND, .max = 5 * MINUTE,
     .fallback = "\"10s\""},
    {"cooldown", KEY_DURATION, AT(cooldown_ms), .min = 0, .max = 168 * HOUR,
     .fallback = "\"1h\""},
    {"two_person", KEY_BOOL, AT(two_person), .fallback = "false"},
    {"verify_name", KEY_HOST, AT(verify_name)},
    {"verify_address", KEY_HOST, AT(verify_address)},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_wall, member)
static const struct config_key wall_keys[] = {
    {"rotate", KEY_DURATION, AT(rotate_ms), .min = 2 * SECOND, .max = HOUR,
     .fallback = "\"15s\""},
    {"shift", KEY_DURATION, AT(shift_ms), .min = 10 * SECOND, .max = 24 * HOUR,
     .fallback = "\"3m\""},
    {"night_theme", KEY_THEME, AT(night_theme), .fallback = "\"night\""},
    {"night_from", KEY_CLOCK, AT(night_from), .fallback = "\"20:00\""},
    {"night_to", KEY_CLOCK, AT(night_to), .fallback = "\"07:00\""},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_screen, member)
static const struct config_key screen_keys[] = {
    {"theme", KEY_THEME, AT(theme), .fallback = "\"default\""},
    {"refresh", KEY_DURATION, AT(refresh_ms), .min = 100, .max = MINUTE, .fallback = "\"1s\""},
    {"charset", KEY_CHOICE, AT(charset), .choices = charsets, .fallback = "\"auto\""},
    {"graph", KEY_CHOICE, AT(graph), .choices = plots, .fallback = "\"auto\""},
    {"title", KEY_BOOL, AT(title), .fallback = "true"},
    {"mouse", KEY_BOOL, AT(mouse), .fallback = "false"},
    {"bell", KEY_BOOL, AT(bell), .fallback = "true"},
    {"popup", KEY_CHOICE, AT(popup), .choices = popups, .fallback = "\"none\""},
    {"sync", KEY_CHOICE, AT(sync), .choices = syncs, .fallback = "\"auto\""},
    {"wall", KEY_OBJECT, AT(wall), .keys = wall_keys},
    {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct config, member)
const struct config_key config_keys[] = {
    {.name = "$schema", .type = KEY_IGNORED},
    {"group", KEY_NAME, .required = true, AT(group)},
    {"primary", KEY_OBJECT, .required = true, AT(primary), .keys = primary_keys},
    {"dr", KEY_OBJECT, .required = true, AT(dr), .keys = dr_keys},
    {"tunnels", KEY_LIST, AT(tunnels), .max = CONFIG_TUNNELS_MAX, .keys = tunnel_keys,
     .has = config_tunnel_has, .count_offset = offsetof(struct config, n_tunnels),
     .size = sizeof(struct config_tunnel)},
    {"anchors", KEY_LIST, AT(anchors), .max = CONFIG_ANCHORS_MAX, .keys = anchor_keys,
     .count_offset = offsetof(struct config, n_anchors), .size = sizeof(struct config_anchor)},
    {"poll", KEY_OBJECT, AT(poll), .keys = poll_keys},
    {"objectives", KEY_OBJECT, AT(objectives), .keys = objectives_keys},
    {"verdict", KEY_OBJECT, AT(verdict), .keys = verdict_keys},
    {"alerts", KEY_OBJECT, AT(alerts), .keys = alerts_keys},
    {"maintenance", KEY_LIST, AT(maintenance), .max = CONFIG_MAINTENANCE_MAX,
     .keys = maintenance_keys, .count_offset = offsetof(struct config, n_maintenance),
     .size = sizeof(struct config_maintenance)},
    {"record", KEY_OBJECT, AT(record), .keys = record_keys},
    {"notify", KEY_OBJECT, AT(notify), .keys = notify_keys},
    {"failover", KEY_OBJECT, AT(failover), .keys = failover_keys},
    {"screen", KEY_OBJECT, AT(screen), .keys = screen_keys},
    {0},
};
#undef AT
