/* lab-ec2 --port N --vici SOCKET --run DIR --connection VPN --region REGION [--address A]
 *     A stand-in for AWS, which says of the VPN connection what the charon at SOCKET says. Keys
 *     are those of the profile "lab" in DIR/aws.credentials; signatures are checked. DIR/ec2.mode
 *     makes it answer badly (lab/cloud.h), DIR/ec2.lifetime is how many seconds a session lasts
 *     (3600). DescribeVpnConnections holds the real pre-shared keys, as at AWS. */
#include "lab/ec2.h"

#include <stdlib.h>
#include <string.h>

const struct cloud_options *ec2_options;

void ec2_error(struct cloud_reply *r, bool query, unsigned status, const char *code,
               const char *message)
{
    r->status = status;
    r->type = query ? "text/xml" : "application/xml";
    if (query) {
        buf_printf(&r->body,
                   "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
                   "<Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>"
                   "<RequestId>7a62c49f-0000-0000-0000-000000000000</RequestId>"
                   "</ErrorResponse>\n",
                   code, message);
    } else {
        buf_printf(&r->body,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
                   "<Code>%s</Code><Message>%s</Message></Error></Errors>"
                   "<RequestID>7a62c49f-0000-0000-0000-000000000000</RequestID></Response>\n",
                   code, message);
        cloud_header(r, "X-Amzn-ErrorType", code);
    }
}

static void answer(const struct cloud_request *q, struct cloud_reply *r)
{
    if (strncmp(q->path, "/latest/", 8) == 0 || strcmp(q->path, "/container") == 0) {
        ec2_metadata_answer(q, r);
        return;
    }
    if (strcmp(q->method, "POST") != 0) {
        ec2_error(r, false, 405, "InvalidAction", "only POST is understood here");
        return;
    }
    if (cloud_request_header(q, "X-Amz-Target")[0] != '\0') {
        ec2_watch_answer(q, r);
        return;
    }
    char *action = cloud_form(q, "Action");
    if (strcmp(action, "DescribeVpnConnections") == 0) {
        ec2_vpn_answer(q, r);
    } else if (strncmp(action, "AssumeRole", 10) == 0 ||
               strcmp(action, "GetCallerIdentity") == 0) {
        ec2_sts_answer(q, action, r);
    } else {
        ec2_error(r, false, 400, "InvalidAction", "the action is not valid here");
    }
    free(action);
}

static bool begin(struct cloud_options *o)
{
    ec2_options = o;
    return o->connection && o->region && ec2_auth_begin();
}

int main(int argc, char **argv)
{
    return cloud_main(argc, argv, "ec2", begin, answer);
}
