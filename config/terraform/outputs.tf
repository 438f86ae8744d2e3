# What the tunnels in drtop.json need to know.

output "vpn_connection" {
  description = "Of a tunnel of type \"aws\"."
  value       = aws_vpn_connection.azure.id
}

output "tunnels" {
  description = "Outside addresses at AWS: \"tunnels\" of the same."
  value       = values(local.outside_addresses)
}

output "alarms" {
  description = "\"alarms\" of the same."
  value = concat(
    [for alarm in aws_cloudwatch_metric_alarm.all_down : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.tunnel_down : alarm.alarm_name],
  )
}

output "connections" {
  description = "\"connection\" of tunnels of type \"azure\", one each."
  value       = [for connection in azurerm_virtual_network_gateway_connection.aws : connection.name]
}

output "probe" {
  description = "\"host\" and \"port\" of a tunnel of type \"probe\"."
  value       = { host = var.primary_address, port = var.mysql_port }
}
