-- The account that drtop reads with, on MySQL 8.0, 8.4 and 9.x. Run on the primary; it reaches
-- the replica by replication, except on Azure data-in replicas, where accounts are not
-- replicated: create it there as well.
--
-- REPLICATION CLIENT             SHOW BINARY LOG STATUS, SHOW BINARY LOGS, SHOW REPLICA STATUS
-- SELECT ON performance_schema   the appliers' commit stamps. Without it the lag is still
--                                measured, but MySQL moves the applied position only every 300 ms
--                                and drtop cannot see between two such steps.
--
-- Replace the address range and the password. REQUIRE SSL makes the server refuse an unencrypted
-- login; MySQL generates a certificate for itself, so there is no reason to leave it out.

CREATE USER IF NOT EXISTS 'drtop'@'10.%' IDENTIFIED BY 'change-me' REQUIRE SSL
    WITH MAX_USER_CONNECTIONS 20;
GRANT REPLICATION CLIENT ON *.* TO 'drtop'@'10.%';
GRANT SELECT ON performance_schema.* TO 'drtop'@'10.%';

-- Only where "heartbeat_table" is configured (heartbeat.sql):
-- GRANT SELECT ON `percona`.`heartbeat` TO 'drtop'@'10.%';
