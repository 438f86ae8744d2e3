/* The chain of credentials for AWS: each of its links against a server on loopback, what ends
 * the search and what is passed over, and renewal without a gap. Long, as each way to keys has
 * its cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws_rig.h"
#include "backend/cloud/aws_metadata.h"
#include "backend/cloud/aws_profile.h"
#include "backend/net/http.h"

#define JSON_KEYS(id, end)                                                                     \
    "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"" id                        \
    "\",\"SecretAccessKey\":\"sEcReT/" id "\",\"Token\":\"tOkEn-" id                           \
    "\",\"Expiration\":\"" end "\"}"

#define STS_KEYS(call, id, end)                                                                \
    "<" call "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" call             \
    "Result><Credentials><AccessKeyId>" id "</AccessKeyId><SecretAccessKey>sEcReT/" id         \
    "</SecretAccessKey><SessionToken>tOkEn-" id "</SessionToken><Expiration>" end              \
    "</Expiration></Credentials></" call "Result></" call "Response>"

#define LATER   "2026-11-23T00:18:11.397045Z" /* 4171 s after AWS_NOW_MS */
#define LATER_S 4171

static void assert_says(const struct aws_rig *rig, const char *part)
{
    if (!strstr(rig->err.text, part)) {
        fail_msg("\"%s\" is not in: %s", part, rig->err.text);
    }
    assert_null(strstr(rig->err.text, "sEcReT"));
    assert_null(strstr(rig->err.text, "tOkEn"));
}

static void assert_fails(struct aws_rig *rig, const char *part)
{
    assert_null(rig_get(rig));
    assert_says(rig, part);
}

static void assert_keys(struct aws_rig *rig, const char *id, const char *source)
{
    char expected[128];
    const struct aws_keys *keys = rig_get(rig);
    if (!keys) {
        fail_msg("no keys: %s", rig->err.text);
        return;
    }
    assert_string_equal(keys->id, id);
    (void)snprintf(expected, sizeof expected, "sEcReT/%s", id);
    assert_string_equal(keys->secret, expected);
    assert_string_equal(aws_credentials_source(rig->credentials), source);
}

static void asked(struct aws_rig *rig, const char *method, int nth, const char *part)
{
    struct js_request r = js_request(rig->server, method, nth);
    if (!strstr(r.text, part)) {
        fail_msg("\"%s\" is not in: %s", part, r.text);
    }
}

static void environment(const char *id)
{
    char secret[128];
    (void)snprintf(secret, sizeof secret, "sEcReT/%s", id);
    (void)setenv("AWS_ACCESS_KEY_ID", id, 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", secret, 1);
}

/* --- environment --- */

static void test_environment(void **state)
{
    struct aws_rig *rig = *state;
    environment("AKENV");
    (void)setenv("AWS_SESSION_TOKEN", "tOkEn", 1);
    assert_keys(rig, "AKENV", "environment");
    assert_string_equal(rig_get(rig)->token, "tOkEn");
    assert_true(rig_get(rig)->expires_ms == INT64_MAX);
}

static void test_environment_half(void **state)
{
    struct aws_rig *rig = *state;
    (void)setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", "", 1);
    (void)rig_file(rig, ".aws/credentials",
                   "[default]\naws_access_key_id=AK\naws_secret_access_key=sEcReT/AK\n");
    assert_fails(rig, "credentials: environment: no secret access key");
}

static void test_environment_that_is_no_header(void **state)
{
    struct aws_rig *rig = *state;
    environment("AKENV");
    (void)setenv("AWS_SESSION_TOKEN", "tOkEn\r\nX-Evil: 1", 1);
    assert_fails(rig, "session token: expected 1 to 8191 printable characters");
}

static void test_nothing(void **state)
{
    struct aws_rig *rig = *state;
    assert_fails(rig, "no credentials: environment: no AWS_ACCESS_KEY_ID; profile default: "
                      "not in ");
    assert_says(rig, ".aws/credentials and ");
    assert_says(rig, "; web identity: no AWS_WEB_IDENTITY_TOKEN_FILE; container: no "
                     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI; instance metadata: "
                     "disabled by AWS_EC2_METADATA_DISABLED");
    assert_int_equal(js_count(rig->server, NULL), 0);
}

/* --- profiles --- */

static void test_profile(void **state)
{
    struct aws_rig *rig = *state;
    (void)rig_file(rig, ".aws/credentials",
                   "# keys\n[default]\naws_access_key_id = AKDEF\n"
                   "aws_secret_access_key = sEcReT/AKDEF\n\n[prod]\r\n"
                   "AWS_ACCESS_KEY_ID=AKPROD\r\naws_secret_access_key=sEcReT/AKPROD\r\n"
                   "aws_session_token=tOkEn==\r\n");
    assert_keys(rig, "AKDEF", "profile default");
    aws_credentials_forget(rig->credentials);
    (void)setenv("AWS_PROFILE", "prod", 1);
    assert_keys(rig, "AKPROD", "profile prod");
    assert_string_equal(rig_get(rig)->token, "tOkEn==");
}

static void test_profile_files_by_name(void **state)
{
    struct aws_rig *rig = *state;
    const char *file = rig_file(rig, "token",
                                "[profile a b]\naws_access_key_id=AKTOKEN\n"
                                "aws_secret_access_key=sEcReT/AKTOKEN\n");
    (void)setenv("AWS_CONFIG_FILE", file, 1);
    (void)setenv("AWS_PROFILE", "a b", 1);
    assert_keys(rig, "AKTOKEN", "profile a b");
    aws_credentials_forget(rig->credentials);
    (void)setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    (void)setenv("AWS_SHARED_CREDENTIALS_FILE", "~/token", 1);
    (void)rig_file(rig, "token",
                   "[a b]\naws_access_key_id=AK2\naws_secret_access_key=sEcReT/AK2\n");
    assert_keys(rig, "AK2", "profile a b");
}

static void test_environment_goes_before_the_default(void **state)
{
    struct aws_rig *rig = *state;
    (void)rig_file(rig, ".aws/credentials",
                   "[default]\naws_access_key_id=AKDEF\naws_secret_access_key=sEcReT/AKDEF\n");
    environment("AKENV");
    assert_keys(rig, "AKENV", "environment");
}

static void test_configured_profile_goes_before_all(void **state)
{
    struct aws_rig *rig = *state;
    environment("AKENV");
    rig->options.profile = "prod";
    assert_fails(rig, "credentials: profile prod: not in ");
    (void)rig_file(rig, ".aws/config", "[profile prod]\nregion = eu-west-1\n");
    assert_fails(rig, "credentials: profile prod: has no credentials");
    (void)rig_file(rig, ".aws/config",
                   "[profile prod]\naws_access_key_id=AKPROD\n"
                   "aws_secret_access_key=sEcReT/AKPROD\n");
    assert_keys(rig, "AKPROD", "profile prod");
}

static void test_named_profile_is_meant(void **state)
{
    struct aws_rig *rig = *state;
    (void)setenv("AWS_PROFILE", "gone", 1);
    (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", rig->url, 1);
    assert_fails(rig, "credentials: profile gone: not in ");
    assert_int_equal(js_count(rig->server, NULL), 0);
}

static void test_bad_files(void **state)
{
    struct aws_rig *rig = *state;
    static const char *const bad[][2] = {
        {"[default]\nsEcReT\n", "/.aws/credentials:2: expected KEY = VALUE"},
        {"\n\naws_access_key_id = sEcReT\n", "/.aws/credentials:3: a setting before"},
        {"[default\n", "/.aws/credentials:1: a section without its ']'"},
        {"[default]\naws_access_key_id = A\n", "profile default: no secret access key"},
        {"[default]\naws_access_key_id = A B\naws_secret_access_key=sEcReT\n",
         "profile default: access key id: expected 1 to 128 printable"},
        {"[default]\nsso_start_url = https://x\n", "use credential_process"},
        {"[default]\nrole_arn = arn:r\n", "role_arn without source_profile"},
        {"[default]\nrole_arn = arn:r\nsource_profile=default\nmfa_serial = m\n", "mfa_serial"},
        {"[default]\nrole_arn = arn:r\nsource_profile=default\nduration_seconds = 1h\n",
         "duration_seconds: expected 900 to 43200"},
        {"[default]\nrole_arn = arn:r\ncredential_source = Moon\n",
         "credential_source Moon: expected Environment"},
        {"[default]\nrole_arn = arn:r\nsource_profile = b\n",
         "profile default: source_profile b: not in "},
        {"[default]\nrole_arn = arn:r\nsource_profile=b\n[b]\nrole_arn=arn:b\n"
         "source_profile=default\n",
         "more than 5 profiles in a row"},
        {"[default]\ncredential_process = 'sEcReT\n", "a quote that is not closed"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)rig_file(rig, ".aws/credentials", bad[i][0]);
        assert_fails(rig, bad[i][1]);
    }
    (void)setenv("AWS_SHARED_CREDENTIALS_FILE", rig->home, 1);
    assert_fails(rig, ": is not a regular file");
    assert_int_equal(js_count(rig->server, NULL), 0);
}

static struct aws_profile parse(const char *name, bool config, const char *text)
{
    struct aws_profile p = {0};
    struct error err = {0};
    if (!aws_profile_parse(name, config, "file", text, strlen(text), &p, &err)) {
        fail_msg("%s", err.text);
    }
    return p;
}

static void test_profile_syntax(void **state)
{
    (void)state;
    const char *text = "[default]\nregion=a\n[prod]\nregion=b\n[profile prod] ; c\nregion = c\n"
                       "s3 =\n  region = nested\n  aws_access_key_id = nested\n"
                       "; no\n# no\n[sso-session prod]\nregion=e\n[profile \"x y\"]\n"
                       "  region = f\n  aws_access_key_id = a=b#c\n[profile prod]\n"
                       "aws_access_key_id = last";
    struct aws_profile p = parse("prod", true, text);
    assert_true(p.found);
    assert_string_equal(p.values[AWS_PROFILE_REGION], "c");
    assert_string_equal(p.values[AWS_PROFILE_ID], "last");
    aws_profile_finish(&p);
    p = parse("default", true, text);
    assert_string_equal(p.values[AWS_PROFILE_REGION], "a");
    assert_null(p.values[AWS_PROFILE_ID]);
    aws_profile_finish(&p);
    p = parse("x y", true, text);
    assert_string_equal(p.values[AWS_PROFILE_REGION], "f");
    assert_string_equal(p.values[AWS_PROFILE_ID], "a=b#c");
    aws_profile_finish(&p);
    p = parse("prod", false, text);
    assert_string_equal(p.values[AWS_PROFILE_REGION], "b");
    aws_profile_finish(&p);
    p = parse("pro", true, text);
    assert_false(p.found);
    aws_profile_finish(&p);
}

/* --- programs --- */

static void assert_argv(const char *command, const char *const *expected)
{
    struct error err = {0};
    char **argv = aws_profile_argv(command, &err);
    size_t i = 0;
    assert_non_null(argv);
    for (; expected[i]; i++) {
        assert_non_null(argv[i]);
        assert_string_equal(argv[i], expected[i]);
    }
    assert_null(argv[i]);
    free(argv);
}

static void test_argv(void **state)
{
    (void)state;
    struct error err = {0};
    assert_argv("a", (const char *const[]){"a", NULL});
    assert_argv("  /opt/a\tb  $HOME `c` ;",
                (const char *const[]){"/opt/a", "b", "$HOME", "`c`", ";", NULL});
    assert_argv("'a b' \"c \\\"d\\\" $e \\f\" g\\ h '' 'i\\'j",
                (const char *const[]){"a b", "c \"d\" $e \\f", "g h", "", "i\\j", NULL});
    assert_argv("a b\\", (const char *const[]){"a", "b\\", NULL});
    assert_null(aws_profile_argv("  ", &err));
    assert_null(aws_profile_argv("''", &err));
    assert_null(aws_profile_argv("a \"b", &err));
}

static void process(struct aws_rig *rig, const char *script)
{
    char profile[256];
    const char *tool = rig_file(rig, "tool", script);
    (void)snprintf(profile, sizeof profile, "[default]\ncredential_process = /bin/sh '%s' a\n",
                   tool);
    (void)rig_file(rig, ".aws/credentials", profile);
}

static void test_process(void **state)
{
    struct aws_rig *rig = *state;
    process(rig,
            "[ \"$1\" = a ] || exit 3\n"
            "echo '{\"Version\": 1, \"AccessKeyId\": \"AKP\", \"Other\": {\"a\": [\"}\"]},'\n"
            "echo '\"SecretAccessKey\": \"sEcReT\\/AKP\", \"SessionToken\": \"t\\u003d\",'\n"
            "echo '\"Expiration\": \"2026-11-23T01:18:11+01:00\"}'\n");
    assert_keys(rig, "AKP", "profile default");
    assert_string_equal(rig_get(rig)->token, "t=");
    assert_true(rig_get(rig)->expires_ms == AWS_NOW_MS + LATER_S * 1000);
}

static void test_process_that_fails(void **state)
{
    struct aws_rig *rig = *state;
    process(rig, "echo sEcReT; echo sEcReT >&2; exit 7\n");
    assert_fails(rig, "profile default: credential_process: /bin/sh: exited with 7");
    process(rig, "echo sEcReT\n");
    assert_fails(rig, "/bin/sh: no JSON object in its answer");
    process(rig, "echo '{\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"\"}'\n");
    assert_fails(rig, "/bin/sh: no usable SecretAccessKey in its answer");
    process(rig, "head -c 40000 /dev/zero | tr '\\0' ' '\n");
    assert_fails(rig, "/bin/sh: prints too much");
    process(rig, "echo '{\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"Expiration\": "
                 "\"2026-11-22T23:08:39Z\"}'\n");
    assert_fails(rig, "profile default: expired already, by the clock of this machine");
    (void)rig_file(rig, ".aws/credentials", "[default]\ncredential_process = /nonexistent\n");
    assert_fails(rig, "/nonexistent: No such file");
}

/* --- roles --- */

static const char role_profiles[] =
    "[default]\nrole_arn = arn:aws:iam::1:role/a b\nsource_profile = base\n"
    "external_id = x/1\nrole_session_name = me\nduration_seconds = 900\n"
    "[base]\naws_access_key_id = AKBASE\naws_secret_access_key = sEcReT/AKBASE\n"
    "aws_session_token = tOkEn-base\n";

static void test_role(void **state)
{
    struct aws_rig *rig = *state;
    rig->options.region = "eu-west-1";
    (void)rig_file(rig, ".aws/credentials", role_profiles);
    rig_answer(rig, "POST", "/", "200 OK", STS_KEYS("AssumeRole", "ASIA1", LATER), -1);
    assert_keys(rig, "ASIA1", "profile default");
    assert_string_equal(rig_get(rig)->token, "tOkEn-ASIA1");
    assert_true(rig_get(rig)->expires_ms == AWS_NOW_MS + LATER_S * 1000 + 397);
    assert_int_equal(js_count(rig->server, NULL), 1);
    asked(
        rig, "POST", 0,
        "\r\n\r\nAction=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa"
        "%20b&RoleSessionName=me&DurationSeconds=900&ExternalId=x%2F1");
    asked(rig, "POST", 0, "Authorization: AWS4-HMAC-SHA256 Credential=AKBASE/");
    asked(rig, "POST", 0, "/eu-west-1/sts/aws4_request");
    asked(rig, "POST", 0, "X-Amz-Security-Token: tOkEn-base\r\n");
}

static void test_role_in_its_own_profile(void **state)
{
    struct aws_rig *rig = *state;
    (void)rig_file(rig, ".aws/credentials",
                   "[default]\nrole_arn = arn:r\nsource_profile = default\n"
                   "aws_access_key_id = AKSELF\naws_secret_access_key = sEcReT/AKSELF\n");
    rig_answer(rig, "POST", "/", "200 OK", STS_KEYS("AssumeRole", "ASIA1", LATER), -1);
    assert_keys(rig, "ASIA1", "profile default");
    asked(rig, "POST", 0, "Credential=AKSELF/");
    asked(rig, "POST", 0, "/us-east-1/sts/aws4_request"); /* no region: where STS has none */
}

static void test_role_by_environment(void **state)
{
    struct aws_rig *rig = *state;
    environment("AKENV");
    rig->options.profile = "r";
    (void)rig_file(rig, ".aws/config",
                   "[profile r]\nrole_arn = arn:r\ncredential_source = Environment\n");
    rig_answer(rig, "POST", "/", "200 OK", STS_KEYS("AssumeRole", "ASIA1", LATER), -1);
    assert_keys(rig, "ASIA1", "profile r");
    asked(rig, "POST", 0, "Credential=AKENV/");
}

static void test_roles_in_a_row(void **state)
{
    struct aws_rig *rig = *state;
    (void)rig_file(rig, ".aws/credentials",
                   "[default]\nrole_arn=arn:2\nsource_profile=one\n[one]\nrole_arn=arn:1\n"
                   "source_profile=base\n[base]\naws_access_key_id=AKBASE\n"
                   "aws_secret_access_key=sEcReT\n");
    rig_answer(rig, "POST", "/", "200 OK", STS_KEYS("AssumeRole", "ASIA1", LATER), 1);
    rig_answer(rig, "POST", "/", "200 OK", STS_KEYS("AssumeRole", "ASIA2", LATER), 1);
    assert_keys(rig, "ASIA2", "profile default");
    asked(rig, "POST", 0, "RoleArn=arn%3A1");
    asked(rig, "POST", 1, "RoleArn=arn%3A2");
    asked(rig, "POST", 1, "Credential=ASIA1/");
    asked(rig, "POST", 1, "X-Amz-Security-Token: tOkEn-ASIA1\r\n");
}

static void test_role_refused(void **state)
{
    struct aws_rig *rig = *state;
    static const char *const bad[][3] = {
        {"403 Forbidden",
         "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
         "<Message>not\xe2\x80\xae you</Message></Error></ErrorResponse>",
         "profile default: STS: AccessDenied: not\xc2\xb7 you"},
        {"500 Oops", "<html><br></html>", "STS: answered with status 500"},
        {"200 OK", "<html><br></html>", "STS: no XML"},
        {"200 OK", "{}", "STS: no XML"},
        {"200 OK", "", "STS: no XML"},
        {"200 OK", "<a/>", "STS: no usable credentials in its answer"},
        {"200 OK", STS_KEYS("AssumeRole", "A B", LATER), "STS: no usable credentials"},
        {"200 OK", STS_KEYS("AssumeRole", "ASIA", "soon"), "STS: no usable credentials"},
        {"200 OK", "<!DOCTYPE a [<!ENTITY b 'b'>]><a>&b;</a>", "STS: XML with a document type"},
        {"302 Found\r\nLocation: /x", "", "STS: answered with status 302"},
    };
    (void)rig_file(rig, ".aws/credentials", role_profiles);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        js_forget(rig->server);
        rig_answer(rig, "POST", "/", bad[i][0], bad[i][1], -1);
        assert_fails(rig, bad[i][2]);
        assert_int_equal(js_count(rig->server, NULL), 1);
    }
    js_forget(rig->server);
    js_say(rig->server, "POST", "/", JS_ENDLESS, "HTTP/1.1 500 Oops\r\n\r\n<a>");
    assert_fails(rig, "STS: answered with more than 32768 bytes");
}

static void test_web_identity(void **state)
{
    struct aws_rig *rig = *state;
    (void)setenv("AWS_WEB_IDENTITY_TOKEN_FILE", rig_file(rig, "token", "tOkEn.1-_\n"), 1);
    assert_fails(rig, "web identity: AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN");
    (void)setenv("AWS_ROLE_ARN", "arn:r", 1);
    (void)setenv("AWS_ROLE_SESSION_NAME", "pod", 1);
    rig_answer(rig, "POST", "/", "200 OK",
               STS_KEYS("AssumeRoleWithWebIdentity", "ASIAW", LATER), -1);
    assert_keys(rig, "ASIAW", "web identity");
    asked(rig, "POST", 0,
          "\r\n\r\nAction=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&"
          "RoleSessionName=pod&WebIdentityToken=tOkEn.1-_");
    assert_null(strstr(js_request(rig->server, "POST", 0).text, "Authorization"));
    (void)rig_file(rig, "token", "tOkEn.2"); /* the platform replaces it */
    aws_credentials_forget(rig->credentials);
    assert_keys(rig, "ASIAW", "web identity");
    asked(rig, "POST", 1, "WebIdentityToken=tOkEn.2");
    aws_credentials_forget(rig->credentials);
    (void)rig_file(rig, "token", "tOkEn 3");
    assert_fails(rig, "/token: expected a token");
    (void)setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent", 1);
    assert_fails(rig, "web identity: /nonexistent: No such file");
}

static void test_web_identity_of_a_profile(void **state)
{
    struct aws_rig *rig = *state;
    char profile[256];
    const char *token = rig_file(rig, "token", "tOkEn");
    (void)snprintf(profile, sizeof profile,
                   "[profile p]\nrole_arn = arn:p\nweb_identity_token_file = %s\n", token);
    (void)rig_file(rig, ".aws/config", profile);
    rig->options.profile = "p";
    rig_answer(rig, "POST", "/", "200 OK",
               STS_KEYS("AssumeRoleWithWebIdentity", "ASIAP", LATER), -1);
    assert_keys(rig, "ASIAP", "profile p");
    asked(rig, "POST", 0, "&WebIdentityToken=tOkEn");
    assert_null(strstr(js_request(rig->server, "POST", 0).text, "Authorization"));
}

/* --- containers and instances --- */

static void test_container_url(void **state)
{
    (void)state;
    static const struct {
        const char *relative, *full, *expected; /* expected NULL: refused */
    } cases[] = {
        {NULL, NULL, ""},
        {"/v2/x?id=1", "http://127.0.0.1/y", "http://169.254.170.2/v2/x?id=1"},
        {"v2", NULL, NULL},
        {"//evil/x", NULL, NULL},
        {"@evil/x", NULL, NULL},
        {"/a b", NULL, NULL},
        {NULL, "http://169.254.170.2/x", "http://169.254.170.2/x"},
        {NULL, "http://169.254.170.23/x", "http://169.254.170.23/x"},
        {NULL, "http://[fd00:ec2::23]/x", "http://[fd00:ec2::23]/x"},
        {NULL, "http://localhost:81/x", "http://localhost:81/x"},
        {NULL, "http://127.8.8.8/x", "http://127.8.8.8/x"},
        {NULL, "http://[::1]:81/x", "http://[::1]:81/x"},
        {NULL, "https://any.example/x", "https://any.example/x"},
        {NULL, "http://any.example/x", NULL},
        {NULL, "http://169.254.169.254/x", NULL},
        {NULL, "http://127.0.0.1@any.example/x", NULL},
        {NULL, "http://127.0.0.1.any.example/x", NULL},
        {NULL, "ftp://127.0.0.1/x", NULL},
        {NULL, "file:///etc/passwd", NULL},
        {NULL, "nonsense", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char url[256];
        struct error err = {0};
        bool ok = aws_container_url(cases[i].relative, cases[i].full, url, sizeof url, &err);
        assert_int_equal(ok, cases[i].expected != NULL);
        if (ok) {
            assert_string_equal(url, cases[i].expected);
        } else {
            assert_non_null(strstr(err.text, "AWS_CONTAINER_CREDENTIALS_"));
        }
    }
}

static void test_container(void **state)
{
    struct aws_rig *rig = *state;
    char url[128];
    (void)snprintf(url, sizeof url, "%s/v1/credentials", rig->url);
    (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
    (void)setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic tOkEn", 1);
    rig_answer(rig, "GET", "/v1/credentials", "200 OK", JSON_KEYS("AKC", LATER), -1);
    assert_keys(rig, "AKC", "container");
    assert_string_equal(rig_get(rig)->token, "tOkEn-AKC");
    asked(rig, "GET", 0, "\r\nAuthorization: Basic tOkEn\r\n");
    (void)setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", rig_file(rig, "token", "tOkEn1\n"),
                 1);
    aws_credentials_forget(rig->credentials);
    assert_keys(rig, "AKC", "container");
    asked(rig, "GET", 1, "\r\nAuthorization: tOkEn1\r\n");
    (void)rig_file(rig, "token", "tOkEn2");
    aws_credentials_forget(rig->credentials);
    assert_keys(rig, "AKC", "container");
    asked(rig, "GET", 2, "\r\nAuthorization: tOkEn2\r\n");
}

static void test_container_refuses(void **state)
{
    struct aws_rig *rig = *state;
    static const char *const bad[][3] = {
        {"500 Oops", "", "container: answered with status 500"},
        {"302 Found\r\nLocation: http://127.0.0.1:1/", "",
         "container: answered with status 302"},
        {"200 OK", "{\"Code\": \"Assume\x1bRole\", \"Message\": \"sEcReT\"}",
         "container: Code in its answer: expected a text"},
        {"200 OK", "{\"Code\": \"Assume\\u001b[2J\"}", "container: Assume\xc2\xb7[2J"},
        {"200 OK", "{\"Code\": \"AssumeRoleFailed\"}", "container: AssumeRoleFailed"},
        {"200 OK", "[]", "container: no JSON object"},
        {"200 OK", "{\"AccessKeyId\": \"A\"", "container: no JSON object"},
        {"200 OK", "{\"AccessKeyId\": 5, \"SecretAccessKey\": \"s\"}", "no usable AccessKeyId"},
        {"200 OK", "{\"AccessKeyId\": \"A\\u0000\", \"SecretAccessKey\": \"s\"}",
         "AccessKeyId in its answer: expected a text"},
        {"200 OK", JSON_KEYS("A", "2026-11-23"), "Expiration in its answer"},
        {"200 OK", JSON_KEYS("A", LATER) "x", "container: no JSON object"},
    };
    (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", rig->url, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        js_forget(rig->server);
        rig_answer(rig, "GET", "/", bad[i][0], bad[i][1], -1);
        assert_fails(rig, bad[i][2]);
        assert_int_equal(js_count(rig->server, NULL), 1);
    }
    js_forget(rig->server);
    js_say(rig->server, "GET", "/", JS_DROP, NULL);
    assert_fails(rig, "container: closed without an answer");
    (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://any.example/", 1);
    assert_fails(rig, "container: AWS_CONTAINER_CREDENTIALS_FULL_URI: expected https");
}

static void instance(struct aws_rig *rig)
{
    (void)unsetenv("AWS_EC2_METADATA_DISABLED");
    (void)setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", rig->url, 1);
}

#define ROLES "/latest/meta-data/iam/security-credentials/"

static void test_instance(void **state)
{
    struct aws_rig *rig = *state;
    instance(rig);
    rig_answer(rig, "PUT", "/latest/api/token", "200 OK", "tOkEn-imds==", -1);
    rig_answer(rig, "GET", ROLES "my-role", "200 OK", JSON_KEYS("AKI", LATER), -1);
    rig_answer(rig, "GET", ROLES, "200 OK", "my-role\n", -1);
    assert_keys(rig, "AKI", "instance metadata");
    asked(rig, "PUT", 0, "\r\nX-aws-ec2-metadata-token-ttl-seconds: 300\r\n");
    asked(rig, "GET", 0, "GET " ROLES " HTTP");
    asked(rig, "GET", 0, "\r\nX-aws-ec2-metadata-token: tOkEn-imds==\r\n");
    asked(rig, "GET", 1, "\r\nX-aws-ec2-metadata-token: tOkEn-imds==\r\n");
}

static void test_instance_refuses(void **state)
{
    struct aws_rig *rig = *state;
    instance(rig);
    assert_fails(rig, "instance metadata: answered with status 404");
    rig_answer(rig, "PUT", "/latest/api/token", "200 OK", "tOkEn", -1);
    rig_answer(rig, "GET", ROLES, "200 OK", "", 1);
    assert_fails(rig, "instance metadata: names no role");
    rig_answer(rig, "GET", ROLES, "200 OK", "../../x", 1);
    assert_fails(rig, "instance metadata: names no role");
    rig_answer(rig, "GET", ROLES, "401 Unauthorized", "", 1);
    assert_fails(rig, "instance metadata: answered with status 401");
    js_forget(rig->server);
    rig_answer(rig, "PUT", "/latest/api/token", "200 OK", "tO\r\nX-Evil: 1", -1);
    assert_fails(rig, "instance metadata: gave no usable token");
    js_forget(rig->server);
    js_say(rig->server, "PUT", "/", JS_HANG, NULL);
    assert_fails(rig, "instance metadata: timed out after 1.0 s");
}

/* --- renewal --- */

static void container(struct aws_rig *rig)
{
    (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", rig->url, 1);
}

static void test_renewal_without_a_gap(void **state)
{
    struct aws_rig *rig = *state;
    container(rig);
    rig_answer(rig, "GET", "/", "200 OK", JSON_KEYS("AK1", LATER), 1);
    rig_answer(rig, "GET", "/", "500 Oops", "", 2);
    rig_answer(rig, "GET", "/", "200 OK", JSON_KEYS("AK2", "2026-11-23T01:18:11Z"), 1);
    assert_keys(rig, "AK1", "container");
    clock_manual_advance(&rig->clk, (LATER_S - 301) * 1000);
    assert_keys(rig, "AK1", "container");
    assert_int_equal(js_count(rig->server, NULL), 1);
    clock_manual_advance(&rig->clk, 2000); /* 299 s before they expire: asked, refused */
    assert_keys(rig, "AK1", "container");
    assert_int_equal(js_count(rig->server, NULL), 2);
    assert_keys(rig, "AK1", "container"); /* and not again at once */
    assert_int_equal(js_count(rig->server, NULL), 2);
    clock_manual_advance(&rig->clk, 30000);
    assert_keys(rig, "AK1", "container");
    assert_int_equal(js_count(rig->server, NULL), 3);
    clock_manual_advance(&rig->clk, 30000);
    assert_keys(rig, "AK2", "container");
    assert_int_equal(js_count(rig->server, NULL), 4);
}

static void test_renewal_that_fails_to_the_end(void **state)
{
    struct aws_rig *rig = *state;
    container(rig);
    rig_answer(rig, "GET", "/", "200 OK", JSON_KEYS("AK1", LATER), 1);
    rig_answer(rig, "GET", "/", "500 Oops", "", -1);
    assert_keys(rig, "AK1", "container");
    clock_manual_advance(&rig->clk, LATER_S * 1000);
    assert_keys(rig, "AK1", "container"); /* 397 ms are left of them */
    clock_manual_advance(&rig->clk, 397);
    assert_fails(rig, "credentials: container: answered with status 500");
    assert_fails(rig, "answered with status 500"); /* asked each time from now on */
    assert_int_equal(js_count(rig->server, NULL), 4);
}

static void test_renewal_that_hangs_takes_half(void **state)
{
    struct aws_rig *rig = *state;
    container(rig);
    rig_answer(rig, "GET", "/", "200 OK", JSON_KEYS("AK1", LATER), 1);
    js_say(rig->server, "GET", "/", JS_HANG, NULL);
    assert_keys(rig, "AK1", "container");
    clock_manual_advance(&rig->clk, (LATER_S - 100) * 1000);
    aws_http_begin(rig->http, 1200);
    const struct aws_keys *keys = aws_credentials_get(rig->credentials, &rig->err);
    assert_non_null(keys);
    assert_string_equal(keys->id, "AK1");
    assert_int_equal(js_count(rig->server, NULL), 2);
    assert_true(aws_http_left_ms(rig->http) > 0); /* for the call itself */
}

static void test_forgotten(void **state)
{
    struct aws_rig *rig = *state;
    container(rig);
    rig_answer(rig, "GET", "/", "200 OK", JSON_KEYS("AK1", LATER), 1);
    rig_answer(rig, "GET", "/", "500 Oops", "", 1);
    rig_answer(rig, "GET", "/", "200 OK", JSON_KEYS("AK2", LATER), 1);
    assert_keys(rig, "AK1", "container");
    aws_credentials_forget(rig->credentials);
    assert_fails(rig, "answered with status 500");
    assert_keys(rig, "AK2", "container");
}

/* --- regions, times, JSON --- */

static void assert_region(struct aws_rig *rig, const char *expected)
{
    char region[40];
    assert_true(aws_credentials_region(rig->credentials, region, &rig->err));
    assert_string_equal(region, expected);
}

static void with_region(struct aws_rig *rig, const char *region)
{
    aws_credentials_destroy(rig->credentials);
    rig->options.region = region;
    rig->credentials = aws_credentials_create(&rig->options, rig->http);
}

static void test_region(void **state)
{
    struct aws_rig *rig = *state;
    char region[40];
    with_region(rig, NULL);
    assert_false(aws_credentials_region(rig->credentials, region, &rig->err));
    assert_says(rig, "no region: not configured, no AWS_REGION, none in the profile default");
    (void)rig_file(rig, ".aws/config", "[default]\nregion = eu-west-3\n");
    assert_region(rig, "eu-west-3");
    (void)setenv("AWS_DEFAULT_REGION", "eu-west-2", 1);
    assert_region(rig, "eu-west-2");
    (void)setenv("AWS_REGION", "cn-north-1", 1);
    assert_region(rig, "cn-north-1");
    with_region(rig, "us-gov-west-1");
    assert_region(rig, "us-gov-west-1");
    with_region(rig, "x.evil.example/");
    assert_false(aws_credentials_region(rig->credentials, region, &rig->err));
    assert_says(rig, "region: expected a region as us-east-1");
}

static void test_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: no time */
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-22T23:08:40Z", AWS_NOW_MS},
        {"2026-11-22T23:08:40.5Z", AWS_NOW_MS + 500},
        {"2026-11-22T23:08:40.123456789Z", AWS_NOW_MS + 123},
        {"2026-11-23 00:08:40+01:00", AWS_NOW_MS},
        {"2026-11-22T17:38:40-0530", AWS_NOW_MS},
        {"2026-11-22T23:08:40", AWS_NOW_MS},
        {"", -1},
        {"2026-11-22", -1},
        {"2026-13-22T23:08:40Z", -1},
        {"2026-11-22T24:08:40Z", -1},
        {"2026-11-22T23:08:40Zx", -1},
        {"2026-11-22T23:08:40+1", -1},
        {"1795388920", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = -1;
        assert_int_equal(aws_time_parse(cases[i].text, &ms), cases[i].ms >= 0);
        assert_true(ms == cases[i].ms);
    }
}

static void test_interrupted(void **state)
{
    struct aws_rig *rig = *state;
    container(rig);
    js_say(rig->server, "GET", "/", JS_HANG, NULL);
    rig->credentials = aws_credentials_create(&rig->options, rig->http);
    aws_http_begin(rig->http, 20000);
    aws_http_interrupt(rig->http); /* between begin and the request: not lost */
    assert_null(aws_credentials_get(rig->credentials, &rig->err));
    assert_says(rig, "container: interrupted");
}

static int global_begin(void **state)
{
    (void)state;
    return http_global_begin() ? 0 : -1;
}

static int global_end(void **state)
{
    (void)state;
    http_global_end();
    return 0;
}

#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG(test_environment),
        RIG(test_environment_half),
        RIG(test_environment_that_is_no_header),
        RIG(test_nothing),
        RIG(test_profile),
        RIG(test_profile_files_by_name),
        RIG(test_environment_goes_before_the_default),
        RIG(test_configured_profile_goes_before_all),
        RIG(test_named_profile_is_meant),
        RIG(test_bad_files),
        cmocka_unit_test(test_profile_syntax),
        cmocka_unit_test(test_argv),
        RIG(test_process),
        RIG(test_process_that_fails),
        RIG(test_role),
        RIG(test_role_in_its_own_profile),
        RIG(test_role_by_environment),
        RIG(test_roles_in_a_row),
        RIG(test_role_refused),
        RIG(test_web_identity),
        RIG(test_web_identity_of_a_profile),
        cmocka_unit_test(test_container_url),
        RIG(test_container),
        RIG(test_container_refuses),
        RIG(test_instance),
        RIG(test_instance_refuses),
        RIG(test_renewal_without_a_gap),
        RIG(test_renewal_that_fails_to_the_end),
        RIG(test_renewal_that_hangs_takes_half),
        RIG(test_forgotten),
        RIG(test_region),
        cmocka_unit_test(test_time),
        RIG(test_interrupted),
    };
    return cmocka_run_group_tests(tests, global_begin, global_end);
}
