/* Where temporary keys come from: STS, and the metadata service of a machine or a container. */
#include "lab/ec2.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define ROLE "drtop"

#define CONTAINER "/container"

/* A constant: what counts is that a client asks for it first, and sends it. */
#define METADATA_TOKEN "AQAEALab-token-of-the-metadata-service=="

static void put(struct json_object *o, const char *key, const char *value)
{
    json_object_object_add(o, key, json_object_new_string(value));
}

static bool refused(const struct cloud_request *q, struct cloud_reply *r)
{
    switch (q->mode) {
    case MODE_THROTTLE:
        ec2_error(r, true, 400, "Throttling", "Rate exceeded");
        return true;
    case MODE_UNAUTHORIZED:
        ec2_error(r, true, 403, "InvalidClientTokenId",
                  "The security token included in the request is invalid.");
        return true;
    case MODE_FORBIDDEN:
        ec2_error(r, true, 403, "AccessDenied", "not authorized to perform sts:AssumeRole");
        return true;
    default:
        return false;
    }
}

static bool may_assume(const struct cloud_request *q, bool web_identity, struct cloud_reply *r)
{
    if (!web_identity) {
        if (ec2_auth(q, "sts") == AUTH_OK) {
            return true;
        }
        ec2_error(
            r, true, 403, "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.");
        return false;
    }
    char *token = cloud_form(q, "WebIdentityToken");
    char *wanted = cloud_secret(ec2_options->run, "identity.token");
    bool ok = wanted[0] != '\0' && strcmp(token, wanted) == 0;
    if (!ok) {
        ec2_error(r, true, 400, "InvalidIdentityToken", "The token is not one we believe.");
    }
    free(token);
    free(wanted);
    return ok;
}

void ec2_sts_answer(const struct cloud_request *q, const char *action, struct cloud_reply *r)
{
    struct ec2_key key;
    char expires[40];
    if (refused(q, r) || !may_assume(q, strcmp(action, "AssumeRoleWithWebIdentity") == 0, r)) {
        return;
    }
    r->status = 200;
    r->type = "text/xml";
    if (strcmp(action, "GetCallerIdentity") == 0) {
        buf_text(&r->body, "<GetCallerIdentityResponse><GetCallerIdentityResult>"
                           "<Account>123456789012</Account></GetCallerIdentityResult>"
                           "</GetCallerIdentityResponse>");
        return;
    }
    ec2_auth_session(&key);
    cloud_iso(key.expires_ms, expires, sizeof expires);
    buf_printf(&r->body,
               "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><%sResult>"
               "<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>"
               "<SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials>"
               "<AssumedRoleUser><AssumedRoleId>AROALAB:drtop</AssumedRoleId>"
               "<Arn>arn:aws:sts::123456789012:assumed-role/" ROLE "/drtop</Arn>"
               "</AssumedRoleUser></%sResult><ResponseMetadata>"
               "<RequestId>7a62c49f-0000-0000-0000-000000000000</RequestId>"
               "</ResponseMetadata></%sResponse>",
               action, action, key.id, key.secret, key.token, expires, action, action);
}

static void plain(struct cloud_reply *r, unsigned status, const char *text)
{
    r->status = status;
    r->type = "text/plain";
    buf_text(&r->body, text);
}

static void session_json(struct cloud_reply *r)
{
    struct ec2_key key;
    char time[40];
    struct json_object *o = json_object_new_object();
    ec2_auth_session(&key);
    put(o, "Code", "Success");
    cloud_iso(cloud_wall_ms(), time, sizeof time);
    put(o, "LastUpdated", time);
    put(o, "Type", "AWS-HMAC");
    put(o, "AccessKeyId", key.id);
    put(o, "SecretAccessKey", key.secret);
    put(o, "Token", key.token);
    cloud_iso(key.expires_ms, time, sizeof time);
    put(o, "Expiration", time);
    r->type = "text/plain";
    cloud_json(r, 200, o);
}

void ec2_metadata_answer(const struct cloud_request *q, struct cloud_reply *r)
{
    static const char roles[] = "/latest/meta-data/iam/security-credentials/";
    bool put_it = strcmp(q->method, "PUT") == 0;
    if (strcmp(q->path, CONTAINER) == 0) {
        session_json(r);
        return;
    }
    if (strcmp(q->path, "/latest/api/token") == 0) {
        bool ttl = cloud_request_header(q, "X-aws-ec2-metadata-token-ttl-seconds")[0] != '\0';
        plain(r, !put_it ? 405 : ttl ? 200 : 400, put_it && ttl ? METADATA_TOKEN : "");
    } else if (strcmp(cloud_request_header(q, "X-aws-ec2-metadata-token"), METADATA_TOKEN) !=
               0) {
        plain(r, 401, "");
    } else if (strcmp(q->path, roles) == 0) {
        plain(r, 200, ROLE);
    } else if (strncmp(q->path, roles, sizeof roles - 1) == 0 &&
               strcmp(q->path + sizeof roles - 1, ROLE) == 0) {
        session_json(r);
    } else {
        plain(r, 404, "");
    }
}
