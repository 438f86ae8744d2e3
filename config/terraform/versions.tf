# Both sides of the VPN between the primary's site (AWS) and the replica's (Azure), as a reference:
# AWS Site-to-Site VPN with two tunnels and static routes, and an Azure VPN gateway. It joins
# networks that are there; it makes no VPC, no VNet and no database.
#
#   export TF_VAR_preshared_keys='{"tunnel1":"...","tunnel2":"..."}'
#   terraform init && terraform plan -var-file=site.tfvars
#
# The keys lie in Terraform's state in clear: keep the state where only those may read it who may
# know the keys.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0, < 5.0"
    }
  }
}

provider "aws" {
  region = var.aws_region
}

provider "azurerm" {
  subscription_id = var.azure_subscription_id

  features {}
}
