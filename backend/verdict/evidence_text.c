/* How each row of the evidence is called, and what its answers mean. */
#include "backend/verdict/evidence.h"

static const struct {
    const char *label, *key, *yes, *no;
} texts[EVIDENCE_COUNT] = {
    [EVIDENCE_ANCHORS] = {"neutral anchor", "anchors", "this observer is on the network",
                          "it is this observer that is cut off: it abstains"},
    [EVIDENCE_APP_ANSWERS] = {"primary app answers", "primary_app_answers",
                              "the site lives, whatever else fails",
                              "nothing at the app's door: says nothing of the database"},
    [EVIDENCE_APP_SERVES] = {"primary app serves", "primary_app_serves",
                             "users are served: no outage", "users are not served"},
    [EVIDENCE_PRIMARY_DB] = {"primary DB", "primary_db", "the primary's database lives",
                             "down, or its route is"},
    [EVIDENCE_PRIMARY_WRITABLE] = {"primary writable", "primary_writable", "it is the primary",
                                   "it takes no writes"},
    [EVIDENCE_TUNNEL] = {"tunnel carries traffic", "tunnel",
                         "the path lives: what fails behind it fails by itself",
                         "what is behind it may be well"},
    [EVIDENCE_TUNNEL_AWS] = {"AWS says it is up", "tunnel_aws",
                             "an opinion: true only where a probe passes",
                             "an opinion: a probe that passes knows better"},
    [EVIDENCE_TUNNEL_AZURE] = {"Azure says it is up", "tunnel_azure",
                               "an opinion: true only where a probe passes",
                               "an opinion: a probe that passes knows better"},
    [EVIDENCE_TUNNEL_GATEWAY] = {"gateway says it is up", "tunnel_gateway",
                                 "an opinion: true only where a probe passes",
                                 "an opinion: a probe that passes knows better"},
    [EVIDENCE_RECEIVER] = {"replica hears primary", "replica_hears_primary",
                           "the primary's database lives, seen from the DR site",
                           "the DR site does not reach the primary either"},
    [EVIDENCE_CONTROL_PLANE] = {"cloud control plane", "control_plane",
                                "the region lives: a site is lost at most",
                                "the region may be lost, not the site alone"},
    [EVIDENCE_REPLICA_DB] = {"replica DB", "replica_db", "the DR database lives",
                             "nothing to fail over to"},
    [EVIDENCE_REPLICA_WRITABLE] = {"replica writable", "replica_writable",
                                   "it has been promoted, or is not protected",
                                   "it is a replica: protected from writes"},
    [EVIDENCE_REPLICATES] = {"replica has its channel", "replica_channel", "it is a replica",
                             "it follows nobody"},
    [EVIDENCE_RECEIVER_RUNS] = {"receiver runs", "receiver_runs", "new changes arrive",
                                "what is written now is not received"},
    [EVIDENCE_APPLIER_RUNS] = {"applier runs", "applier_runs", "what arrives is applied",
                               "what arrives is not applied"},
    [EVIDENCE_OBJECTIVES] = {"objectives met", "objectives", "within what was promised",
                             "something promised is missed"},
    [EVIDENCE_DR_APP] = {"DR app serves", "dr_app_serves", "the DR site serves",
                         "as it is before a failover"},
};

const char *evidence_label(enum evidence_id id)
{
    return texts[id].label;
}

const char *evidence_key(enum evidence_id id)
{
    return texts[id].key;
}

const char *evidence_meaning(enum evidence_id id, enum tri answer)
{
    return answer == TRI_YES  ? texts[id].yes
           : answer == TRI_NO ? texts[id].no
                              : "not known: decides nothing";
}
