# The side of the primary. The tunnels are as they are in operation: AWS waits for Azure to begin
# (startup action "add") and forgets a peer that fell silent (DPD action "clear"), so that after
# any outage it is Azure that has to bring a tunnel up again. The lists name what AWS accepts;
# what is used is what Azure proposes: IKEv2, AES-256, SHA-256, group 14.

resource "aws_customer_gateway" "azure" {
  bgp_asn    = 65000 # asked for, and not used with static routes
  ip_address = azurerm_public_ip.gateway.ip_address
  type       = "ipsec.1"
  tags       = { Name = "${var.name}-azure" }
}

resource "aws_vpn_gateway" "this" {
  vpc_id = var.aws_vpc_id
  tags   = { Name = var.name }
}

resource "aws_vpn_connection" "azure" {
  customer_gateway_id = aws_customer_gateway.azure.id
  vpn_gateway_id      = aws_vpn_gateway.this.id
  type                = aws_customer_gateway.azure.type
  static_routes_only  = true
  tags                = { Name = var.name }

  tunnel1_inside_cidr                  = "169.254.96.24/30"
  tunnel1_preshared_key                = var.preshared_keys["tunnel1"]
  tunnel1_ike_versions                 = local.ike_versions
  tunnel1_startup_action               = "add"
  tunnel1_dpd_timeout_action           = "clear"
  tunnel1_dpd_timeout_seconds          = 30
  tunnel1_phase1_lifetime_seconds      = 28800
  tunnel1_phase1_encryption_algorithms = local.encryption
  tunnel1_phase1_integrity_algorithms  = local.integrity
  tunnel1_phase1_dh_group_numbers      = local.dh_groups
  tunnel1_phase2_lifetime_seconds      = 3600
  tunnel1_phase2_encryption_algorithms = local.encryption
  tunnel1_phase2_integrity_algorithms  = local.integrity
  tunnel1_phase2_dh_group_numbers      = local.dh_groups
  tunnel1_rekey_margin_time_seconds    = 270
  tunnel1_rekey_fuzz_percentage        = 100
  tunnel1_replay_window_size           = 1024

  tunnel2_inside_cidr                  = "169.254.48.4/30"
  tunnel2_preshared_key                = var.preshared_keys["tunnel2"]
  tunnel2_ike_versions                 = local.ike_versions
  tunnel2_startup_action               = "add"
  tunnel2_dpd_timeout_action           = "clear"
  tunnel2_dpd_timeout_seconds          = 30
  tunnel2_phase1_lifetime_seconds      = 28800
  tunnel2_phase1_encryption_algorithms = local.encryption
  tunnel2_phase1_integrity_algorithms  = local.integrity
  tunnel2_phase1_dh_group_numbers      = local.dh_groups
  tunnel2_phase2_lifetime_seconds      = 3600
  tunnel2_phase2_encryption_algorithms = local.encryption
  tunnel2_phase2_integrity_algorithms  = local.integrity
  tunnel2_phase2_dh_group_numbers      = local.dh_groups
  tunnel2_rekey_margin_time_seconds    = 270
  tunnel2_rekey_fuzz_percentage        = 100
  tunnel2_replay_window_size           = 1024
}

locals {
  ike_versions = ["ikev1", "ikev2"]
  encryption   = ["AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"]
  integrity    = ["SHA1", "SHA2-256", "SHA2-384", "SHA2-512"]
  dh_groups    = [14]
}

# Into the tunnels goes what the connection has a static route for; the VPC's route tables learn
# of it from the gateway.
resource "aws_vpn_connection_route" "vnet" {
  vpn_connection_id      = aws_vpn_connection.azure.id
  destination_cidr_block = var.azure_vnet_cidr
}

resource "aws_vpn_gateway_route_propagation" "vpc" {
  for_each = var.aws_route_table_ids

  vpn_gateway_id = aws_vpn_gateway.this.id
  route_table_id = each.value
}

resource "aws_vpc_security_group_ingress_rule" "replica" {
  count = var.primary_security_group_id == null ? 0 : 1

  security_group_id = var.primary_security_group_id
  description       = "The replica, and drtop beside it"
  cidr_ipv4         = "${var.replica_address}/32"
  ip_protocol       = "tcp"
  from_port         = var.mysql_port
  to_port           = var.mysql_port
}

# No value is as bad as 0: a tunnel that is down may stop reporting.
resource "aws_cloudwatch_metric_alarm" "all_down" {
  count = var.alarms ? 1 : 0

  alarm_name          = "${var.name}-all-tunnels-down"
  alarm_description   = "No tunnel of the VPN to Azure is up."
  namespace           = "AWS/VPN"
  metric_name         = "TunnelState"
  dimensions          = { VpnId = aws_vpn_connection.azure.id }
  statistic           = "Maximum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

resource "aws_cloudwatch_metric_alarm" "tunnel_down" {
  for_each = var.alarms ? var.azure_tunnels : toset([])

  alarm_name        = "${var.name}-${each.key}-down"
  alarm_description = "One tunnel of the VPN to Azure is down: no redundancy is left."
  namespace         = "AWS/VPN"
  metric_name       = "TunnelState"
  dimensions = {
    VpnId           = aws_vpn_connection.azure.id
    TunnelIpAddress = local.outside_addresses[each.key]
  }
  statistic           = "Maximum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}
