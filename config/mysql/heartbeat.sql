-- An optional heartbeat table, in the form that pt-heartbeat uses, written by the server's own
-- event scheduler. Run on the primary (MySQL 5.7 or later, MariaDB 10.5 or later).
--
-- drtop needs none: it measures lag by the primary's binary-log position. A heartbeat adds a
-- second opinion, and one that answers for the time before drtop was started. Its price is a
-- transaction a second: about 400 bytes of binary log each, 35 MB a day.
--
-- drtop never writes it. A beat that stops looks exactly like lag to whoever reads the replica
-- alone, which is why drtop compares the beat on both sides.
--
-- Not to be mistaken for the heartbeat of replication itself, which drtop does need every few
-- seconds: SOURCE_HEARTBEAT_PERIOD, MASTER_HEARTBEAT_PERIOD; see replica-mysql.cnf and
-- replica-mariadb.cnf.
--
-- The event runs where event_scheduler is ON (the default from MySQL 8.0; MariaDB: OFF). On the
-- replica it arrives disabled (MySQL: REPLICA_SIDE_DISABLED, MariaDB: SLAVESIDE_DISABLED), and
-- after a promotion it has to be enabled there:
--     ALTER EVENT percona.heartbeat_beat ENABLE;

CREATE DATABASE IF NOT EXISTS percona;

CREATE TABLE IF NOT EXISTS percona.heartbeat (
    ts                    VARCHAR(26)     NOT NULL,
    server_id             INT UNSIGNED    NOT NULL PRIMARY KEY,
    file                  VARCHAR(255)    DEFAULT NULL,
    position              BIGINT UNSIGNED DEFAULT NULL,
    relay_source_log_file VARCHAR(255)    DEFAULT NULL,
    exec_source_log_pos   BIGINT UNSIGNED DEFAULT NULL
) ENGINE = InnoDB;

-- UTC, so that a change to summer time is not an hour of lag.
CREATE EVENT IF NOT EXISTS percona.heartbeat_beat
    ON SCHEDULE EVERY 1 SECOND
    COMMENT 'one beat a second for replication monitoring'
    DO
        REPLACE INTO percona.heartbeat (ts, server_id)
        VALUES (DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f'), @@server_id);

-- SET GLOBAL event_scheduler = ON;   -- MariaDB; and event_scheduler = ON in its configuration
