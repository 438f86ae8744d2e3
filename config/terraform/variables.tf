variable "name" {
  description = "Begins the name of everything that is made."
  type        = string
  default     = "dr-vpn"
}

variable "preshared_keys" {
  description = "The keys of tunnel1 and tunnel2. Never in a file of the tree."
  type        = map(string)
  sensitive   = true

  validation {
    condition = alltrue([
      for tunnel in ["tunnel1", "tunnel2"] :
      can(regex("^[A-Za-z1-9._][A-Za-z0-9._]{7,63}$", var.preshared_keys[tunnel]))
    ])
    error_message = "Each key needs 8 to 64 letters, digits, '.' or '_', and no 0 at the front."
  }
}

# The primary's site.

variable "aws_region" {
  description = "Region of the VPC, as in eu-west-1."
  type        = string
}

variable "aws_vpc_id" {
  description = "The VPC of the primary."
  type        = string
}

variable "aws_vpc_cidr" {
  description = "Its addresses; Azure routes them into the tunnels."
  type        = string
  default     = "10.0.0.0/16"
}

variable "aws_route_table_ids" {
  description = "Route tables of the subnets that shall reach the replica's site."
  type        = set(string)
}

variable "primary_address" {
  description = "The primary database. drtop's probe connects to it."
  type        = string
  default     = "10.0.2.50"
}

variable "primary_security_group_id" {
  description = "Security group of the primary, which then lets the replica and drtop in; null: leave it."
  type        = string
  default     = null
}

variable "mysql_port" {
  description = "Port of the primary."
  type        = number
  default     = 3306
}

variable "alarms" {
  description = "Make CloudWatch alarms on TunnelState, which drtop shows with their origin."
  type        = bool
  default     = true
}

variable "alarm_topic_arns" {
  description = "SNS topics that the alarms tell."
  type        = list(string)
  default     = []
}

# The replica's site.

variable "azure_subscription_id" {
  description = "Subscription of the VNet."
  type        = string
}

variable "azure_location" {
  description = "Region of the VNet, as in westeurope."
  type        = string
}

variable "azure_resource_group" {
  description = "Resource group of the VNet; everything here goes into it."
  type        = string
}

variable "azure_vnet_name" {
  description = "The VNet of the replica."
  type        = string
}

variable "azure_vnet_cidr" {
  description = "Its addresses; AWS routes them into the tunnels."
  type        = string
  default     = "10.1.0.0/16"
}

variable "azure_gateway_subnet_cidr" {
  description = "A /27 or larger of the VNet for the gateway; Azure wants the subnet's name to be GatewaySubnet."
  type        = string
  default     = "10.1.255.0/27"
}

variable "azure_tunnels" {
  description = "Tunnels that Azure brings up. With one of them, AWS shows the other as DOWN for good: \"expected_up\": 1."
  type        = set(string)
  default     = ["tunnel1", "tunnel2"]
}

variable "replica_address" {
  description = "The replica database."
  type        = string
  default     = "10.1.2.50"
}
