# shellcheck shell=bash
# A real mail server of the test's own (exim, of Debian's exim4-daemon-light): it listens on
# loopback, insists on STARTTLS and a login, and puts what it accepts into files. Sourced after
# lib.sh:
#
#   mail_server_make     makes keys, configuration and a port; sets
#                        MAIL_DIR MAIL_PORT MAIL_CA MAIL_USER, MAIL_TLS_PORT for TLS from the
#                        first byte, and MAIL_SECRET, the file with the password
#   mail_server_start    starts it, also again after a stop; what was received stays
#   mail_server_stop     ends it at once
#   mail_count PATTERN [USER]   how many mails (by Message-ID) have a subject like the regular
#                               expression; of all recipients, or of USER@...
#   mail_copies PATTERN [USER]  the same, counting every copy
#   mail_has N PATTERN [USER]   are there N copies? For await.
#   mail_files PATTERN [USER]   their files
#   mail_header NAME FILE       a header, unfolded
#
# Its certificate names localhost and 127.0.0.1; it listens on 127.0.0.2 too, which it does not name.
# A test that is root runs it as nobody. The server goes away with the test's process group; a
# test by hand calls mail_server_stop.

MAIL_DIR='' MAIL_PORT='' MAIL_TLS_PORT='' MAIL_CA='' MAIL_SECRET='' MAIL_PID=''
MAIL_USER=drtop
MAIL_PASSWORD='hush:^ "never" , say % it'
MAIL_RUNNER=()

mail_certificates() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2)
    openssl req -x509 "${key[@]}" -subj '/CN=ca of a test' -keyout "$MAIL_DIR/ca.key" \
        -out "$MAIL_DIR/ca.pem" 2>/dev/null || fail "no authority"
    openssl req -x509 "${key[@]}" -subj '/CN=mail.test' -keyout "$MAIL_DIR/server.key" \
        -CA "$MAIL_DIR/ca.pem" -CAkey "$MAIL_DIR/ca.key" -out "$MAIL_DIR/server.pem" \
        -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
        -addext 'basicConstraints=critical,CA:false' 2>/dev/null || fail "no certificate"
}

# The password stays in its file, since a string of exim's would need escapes. Only a member of
# admin_groups may start a server.
mail_configuration() { # USER
    cat <<END
primary_hostname = mail.test
local_interfaces = 127.0.0.1 : 127.0.0.2
daemon_smtp_ports = $MAIL_PORT : $MAIL_TLS_PORT
tls_on_connect_ports = $MAIL_TLS_PORT
spool_directory = $MAIL_DIR/spool
log_file_path = $MAIL_DIR/log/%slog
pid_file_path = $MAIL_DIR/spool/exim.pid
deliver_drop_privilege
keep_environment =
exim_user = $1
exim_group = $(id -gn "$1")
admin_groups = $(id -gn "$1")
host_lookup =
rfc1413_hosts =
smtp_accept_max = 50
check_spool_space = 0
check_log_space = 0
tls_advertise_hosts = *
tls_certificate = $MAIL_DIR/server.pem
tls_privatekey = $MAIL_DIR/server.key
auth_advertise_hosts = \${if def:tls_in_cipher {*}{}}
acl_smtp_mail = acl_mail
acl_smtp_rcpt = acl_rcpt

begin acl
acl_mail:
  deny !encrypted = *
       message = STARTTLS first
  deny !authenticated = *
       message = log in first
  accept
acl_rcpt:
  deny local_parts = nobody-here
       message = no such user
  accept

begin routers
all:
  driver = accept
  transport = files

begin transports
files:
  driver = appendfile
  directory = $MAIL_DIR/mail
  envelope_to_add
  maildir_format
  create_directory

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{$MAIL_USER}}{eq{\$auth3}{\${readfile{$MAIL_SECRET}{}}}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{\$auth1}{$MAIL_USER}}{eq{\$auth2}{\${readfile{$MAIL_SECRET}{}}}}}}
  server_set_id = \$auth1
END
}

mail_server_make() {
    [[ -x /usr/sbin/exim4 ]] || skip "there is no exim4 (lab/install test)"
    MAIL_DIR=${TMPDIR:-/tmp}/mail-server
    # shellcheck disable=SC2034 # of those who source this
    MAIL_CA=$MAIL_DIR/ca.pem MAIL_SECRET=$MAIL_DIR/password
    mkdir -p "$MAIL_DIR"/{spool,log,mail}
    read -r -d '' MAIL_PORT MAIL_TLS_PORT < <("$BUILD_DIR/lab/lab-ports" 2)
    [[ -n $MAIL_TLS_PORT ]] || fail "no ports"
    mail_certificates
    (umask 077 && printf '%s\n' "$MAIL_PASSWORD" >"$MAIL_SECRET")
    local user=nobody
    ((EUID == 0)) || user=$(id -un)
    mail_configuration "$user" >"$MAIL_DIR/exim.conf"
    if ((EUID == 0)); then
        chown -R "nobody:$(id -gn nobody)" "$MAIL_DIR"
        local gid
        gid=$(id -g nobody)
        MAIL_RUNNER=(setpriv --reuid=nobody --regid="$gid" --groups="$gid")
    fi
}

mail_answers() {
    local line
    read -r -t 2 line 2>/dev/null <"/dev/tcp/127.0.0.1/$MAIL_PORT" && [[ $line == 220\ * ]]
}

mail_server_start() {
    "${MAIL_RUNNER[@]}" /usr/sbin/exim4 -C "$MAIL_DIR/exim.conf" -bdf \
        >>"$MAIL_DIR/log/out" 2>&1 </dev/null &
    MAIL_PID=$!
    wait_for 10 mail_answers || fail "no mail server: $(tail -n 5 "$MAIL_DIR"/log/*)"
}

mail_server_stop() {
    [[ -n $MAIL_PID ]] || return 0
    kill "$MAIL_PID"
    wait "$MAIL_PID" 2>/dev/null
    MAIL_PID=
}

mail_files() { # PATTERN [USER]
    local file
    for file in "$MAIL_DIR"/mail/new/*; do
        [[ -e $file && $(mail_header Envelope-To "$file") == ${2:-*}@* ]] || continue
        if grep -qE -- "$1" <<<"$(mail_header Subject "$file")"; then
            printf '%s\n' "$file"
        fi
    done
}

mail_header() { # NAME FILE
    awk -v name="$1:" '
        { sub(/\r$/, "") }
        $0 == "" { exit }
        /^[ \t]/ { if (on) { sub(/^[ \t]+/, " "); line = line $0 } next }
        { on = tolower(substr($0, 1, length(name))) == tolower(name); if (on) line = $0 }
        END { sub(/^[^:]*:[ \t]*/, "", line); print line }' "$2"
}

mail_count() { # PATTERN [USER]
    local file
    mail_files "$@" | while read -r file; do
        mail_header Message-ID "$file"
    done | sort -u | grep -c .
}

mail_copies() { # PATTERN [USER]
    mail_files "$@" | grep -c .
}

mail_has() { # N PATTERN [USER]
    [[ $(mail_copies "${@:2}") == "$1" ]]
}
