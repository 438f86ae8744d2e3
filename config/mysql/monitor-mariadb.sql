-- The account that drtop reads with, on MariaDB 10.5 and later. Run on the primary; it reaches
-- the replica by replication. It can read positions and states, and no table of yours.
--
-- BINLOG MONITOR   SHOW MASTER STATUS, SHOW BINARY LOGS
-- SLAVE MONITOR    SHOW ALL SLAVES STATUS. REPLICATION CLIENT is accepted in its place, but from
--                  10.5 on it means BINLOG MONITOR only.
--
-- Replace the address range and the password. REQUIRE SSL makes the server refuse an unencrypted
-- login; leave it out only where the server has no certificate.

CREATE USER IF NOT EXISTS 'drtop'@'10.%' IDENTIFIED BY 'change-me' REQUIRE SSL
    WITH MAX_USER_CONNECTIONS 20;
GRANT BINLOG MONITOR, SLAVE MONITOR ON *.* TO 'drtop'@'10.%';

-- Only where "heartbeat_table" is configured (heartbeat.sql):
-- GRANT SELECT ON `percona`.`heartbeat` TO 'drtop'@'10.%';
