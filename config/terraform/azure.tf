# The side of the replica. Azure begins: AWS only answers.

locals {
  outside_addresses = {
    tunnel1 = aws_vpn_connection.azure.tunnel1_address
    tunnel2 = aws_vpn_connection.azure.tunnel2_address
  }
}

resource "azurerm_subnet" "gateway" {
  name                 = "GatewaySubnet" # Azure knows it by this name
  resource_group_name  = var.azure_resource_group
  virtual_network_name = var.azure_vnet_name
  address_prefixes     = [var.azure_gateway_subnet_cidr]
}

resource "azurerm_public_ip" "gateway" {
  name                = "${var.name}-gateway"
  location            = var.azure_location
  resource_group_name = var.azure_resource_group
  allocation_method   = "Static" # AWS has to know it before the gateway runs
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
}

resource "azurerm_virtual_network_gateway" "this" {
  name                = var.name
  location            = var.azure_location
  resource_group_name = var.azure_resource_group
  type                = "Vpn"
  vpn_type            = "RouteBased"
  sku                 = "VpnGw1AZ"
  active_active       = false

  ip_configuration {
    name                          = "gateway"
    public_ip_address_id          = azurerm_public_ip.gateway.id
    private_ip_address_allocation = "Dynamic"
    subnet_id                     = azurerm_subnet.gateway.id
  }
}

# What Azure calls a local network gateway is the far end: one for each tunnel of AWS.
resource "azurerm_local_network_gateway" "aws" {
  for_each = local.outside_addresses

  name                = "${var.name}-aws-${each.key}"
  location            = var.azure_location
  resource_group_name = var.azure_resource_group
  gateway_address     = each.value
  address_space       = [var.aws_vpc_cidr]
}

# Each is a tunnel of type "azure" in drtop.json; its name is that tunnel's "connection".
resource "azurerm_virtual_network_gateway_connection" "aws" {
  for_each = var.azure_tunnels

  name                       = "${var.name}-${each.key}"
  location                   = var.azure_location
  resource_group_name        = var.azure_resource_group
  type                       = "IPsec"
  connection_protocol        = "IKEv2"
  connection_mode            = "Default" # begins, and answers
  virtual_network_gateway_id = azurerm_virtual_network_gateway.this.id
  local_network_gateway_id   = azurerm_local_network_gateway.aws[each.key].id
  shared_key                 = var.preshared_keys[each.key]
  dpd_timeout_seconds        = 30

  # AWS renews the keys of IPsec before its 3600 s are over. The lifetime is longer here, so that
  # only one side renews: with equal ones the renewals collide and traffic is lost meanwhile.
  ipsec_policy {
    ike_encryption   = "AES256"
    ike_integrity    = "SHA256"
    dh_group         = "DHGroup14"
    ipsec_encryption = "AES256"
    ipsec_integrity  = "SHA256"
    pfs_group        = "PFS2048"
    sa_lifetime      = 27000
  }
}
