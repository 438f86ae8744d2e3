#!/usr/bin/env python3
"""Usage: terraform.py FOLDER

Reads the .tf files of one module as strictly as Terraform does, and says what `terraform
validate` would of a module like ours: syntax, what is declared and used, where references lead,
and the arguments of the few resources in SCHEMA. Exits 1 with a line an error.

Debian has no Terraform, and the providers that it would need for this come from a registry. The
table is from the documentation of hashicorp/aws 5 and 6 and hashicorp/azurerm 4.
"""

import re
import sys
from pathlib import Path

TUNNEL = """inside_cidr preshared_key ike_versions startup_action dpd_timeout_action
    dpd_timeout_seconds phase1_lifetime_seconds phase1_encryption_algorithms
    phase1_integrity_algorithms phase1_dh_group_numbers phase2_lifetime_seconds
    phase2_encryption_algorithms phase2_integrity_algorithms phase2_dh_group_numbers
    rekey_margin_time_seconds rekey_fuzz_percentage replay_window_size
    enable_tunnel_lifecycle_control""".split()

# Type: required arguments, optional ones, what else can be read, blocks.
SCHEMA = {
    "aws_customer_gateway": ("type", "bgp_asn ip_address device_name tags", "id arn", {}),
    "aws_vpn_gateway": ("", "vpc_id amazon_side_asn availability_zone tags", "id arn", {}),
    "aws_vpn_connection": (
        "customer_gateway_id type",
        "vpn_gateway_id transit_gateway_id static_routes_only local_ipv4_network_cidr "
        "remote_ipv4_network_cidr tags "
        + " ".join(f"tunnel{n}_{option}" for n in (1, 2) for option in TUNNEL),
        "id arn tunnel1_address tunnel2_address tunnel1_vgw_inside_address "
        "tunnel2_vgw_inside_address", {}),
    "aws_vpn_connection_route": ("vpn_connection_id destination_cidr_block", "", "id", {}),
    "aws_vpn_gateway_route_propagation": ("vpn_gateway_id route_table_id", "", "id", {}),
    "aws_vpc_security_group_ingress_rule": (
        "security_group_id ip_protocol",
        "cidr_ipv4 cidr_ipv6 description from_port to_port prefix_list_id "
        "referenced_security_group_id tags", "id arn security_group_rule_id", {}),
    "aws_cloudwatch_metric_alarm": (
        "alarm_name comparison_operator evaluation_periods",
        "alarm_description namespace metric_name dimensions statistic threshold period unit "
        "treat_missing_data datapoints_to_alarm actions_enabled alarm_actions ok_actions "
        "insufficient_data_actions tags", "id arn", {}),
    "azurerm_subnet": (
        "name resource_group_name virtual_network_name", "address_prefixes service_endpoints",
        "id", {}),
    "azurerm_public_ip": (
        "name location resource_group_name allocation_method", "sku sku_tier zones tags",
        "id ip_address fqdn", {}),
    "azurerm_virtual_network_gateway": (
        "name location resource_group_name type sku",
        "vpn_type active_active generation tags", "id",
        {"ip_configuration": ("subnet_id public_ip_address_id",
                              "name private_ip_address_allocation")}),
    "azurerm_local_network_gateway": (
        "name location resource_group_name", "gateway_address gateway_fqdn address_space tags",
        "id", {}),
    "azurerm_virtual_network_gateway_connection": (
        "name location resource_group_name type virtual_network_gateway_id",
        "local_network_gateway_id shared_key connection_protocol connection_mode "
        "dpd_timeout_seconds routing_weight use_policy_based_traffic_selectors tags", "id",
        {"ipsec_policy": ("dh_group ike_encryption ike_integrity ipsec_encryption "
                          "ipsec_integrity pfs_group", "sa_lifetime sa_datasize")}),
}

# What an argument that is written out may be, wherever it stands.
CHOICES = {
    "startup_action": "add start",
    "dpd_timeout_action": "clear none restart",
    "encryption": "AES128 AES256 AES128-GCM-16 AES256-GCM-16",
    "integrity": "SHA1 SHA2-256 SHA2-384 SHA2-512",
    "ike_versions": "ikev1 ikev2",
    "comparison_operator": "GreaterThanOrEqualToThreshold GreaterThanThreshold "
                           "LessThanThreshold LessThanOrEqualToThreshold",
    "statistic": "SampleCount Average Sum Minimum Maximum",
    "treat_missing_data": "missing ignore breaching notBreaching",
    "allocation_method": "Static Dynamic",
    "vpn_type": "RouteBased PolicyBased",
    "connection_protocol": "IKEv1 IKEv2",
    "connection_mode": "Default InitiatorOnly ResponderOnly",
    "ike_encryption": "AES128 AES192 AES256 GCMAES128 GCMAES256",
    "ike_integrity": "SHA1 SHA256 SHA384 GCMAES128 GCMAES256",
    "dh_group": "DHGroup14 DHGroup2048 DHGroup24 ECP256 ECP384",
    "ipsec_encryption": "AES128 AES192 AES256 GCMAES128 GCMAES192 GCMAES256",
    "ipsec_integrity": "SHA1 SHA256 GCMAES128 GCMAES192 GCMAES256",
    "pfs_group": "PFS14 PFS2048 PFS24 PFSMM ECP256 ECP384",
}

PROVIDERS = {"aws": ("region", "profile", ()), "azurerm": ("subscription_id", "", ("features",))}
META = {"count", "for_each", "depends_on", "provider"}
FUNCTIONS = {"alltrue", "can", "concat", "regex", "toset", "values"}
VARIABLE = {"description", "type", "default", "sensitive", "nullable"}

TOKEN = re.compile(r"""
    (?P<blank>[ \t]+|(\#|//)[^\n]*|/\*.*?\*/) | (?P<newline>\n) |
    (?P<number>\d+(\.\d+)?) | (?P<name>[A-Za-z_][A-Za-z0-9_-]*) | (?P<quote>") |
    (?P<op>&&|\|\||==|!=|<=|>=|=>|\.\.\.|[-+*/%<>!?:=.,(){}\[\]])""", re.X | re.S)


class Wrong(Exception):
    """A syntax error."""


class Body:
    """Attributes: name to (line, references, constant); blocks: (kind, labels, line, body)."""
    def __init__(self):
        self.attributes, self.blocks = {}, []


class Parser:
    """One file. References are (line, path, names bound by `for`)."""

    def __init__(self, path):
        self.name, self.text, self.at, self.depth = path.name, path.read_text("utf-8"), 0, 0
        self.refs, self.bound = [], []
        self.kind = self.value = None
        self.advance()

    def line(self):
        return self.text.count("\n", 0, self.at) + 1

    def wrong(self, what):
        raise Wrong(f"{self.name}:{self.line()}: {what}")

    def advance(self):
        while True:
            if self.at == len(self.text):
                self.kind, self.value = "end", "the end"
                return
            m = TOKEN.match(self.text, self.at)
            if not m:
                self.wrong(f"unexpected {self.text[self.at]!r}")
            self.at = m.end()
            self.kind, self.value = m.lastgroup, m.group()
            if self.kind == "blank" or (self.kind == "newline" and self.depth):
                continue
            return

    def accept(self, value):
        if self.kind in ("op", "name") and self.value == value:
            self.advance()
            return True
        return False

    def expect(self, value):
        if not self.accept(value):
            self.wrong(f"expected {value!r}, found {self.value!r}")

    def identifier(self):
        if self.kind != "name":
            self.wrong(f"expected a name, found {self.value!r}")
        name = self.value
        self.advance()
        return name

    def skip_newlines(self):
        while self.kind == "newline":
            self.advance()

    def open(self):
        self.depth += 1
        self.advance()

    def close(self, value):
        if self.value != value or self.kind != "op":
            self.wrong(f"expected {value!r}, found {self.value!r}")
        self.depth -= 1
        self.advance()

    def body(self, end):
        body = Body()
        self.skip_newlines()
        while self.kind != end and not (end == "}" and self.value == "}"):
            line, name = self.line(), self.identifier()
            if self.accept("="):
                if name in body.attributes:
                    self.wrong(f"{name} is set twice")
                outer, self.refs = self.refs, []
                constant = self.expression()
                body.attributes[name] = (line, self.refs, constant)
                self.refs = outer
            else:
                body.blocks.append(self.block(name, line))
            if self.value != "}" and self.kind not in ("newline", "end"):
                self.wrong(f"expected a new line, found {self.value!r}")
            self.skip_newlines()
        return body

    def block(self, kind, line):
        labels = []
        while self.kind in ("name", "quote"):
            labels.append(self.string() if self.kind == "quote" else self.identifier())
        self.expect("{")
        if self.accept("}"):
            return kind, labels, line, Body()
        body = self.body("}")
        self.expect("}")
        return kind, labels, line, body

    def expression(self):
        constant = self.binary()
        if self.kind == "op" and self.value == "?":
            self.advance()
            self.expression()
            self.expect(":")
            self.expression()
            return None
        return constant

    def binary(self):
        constant = self.unary()
        while self.kind == "op" and self.value in (
                "&&", "||", "==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%"):
            self.advance()
            self.unary()
            constant = None
        return constant

    def unary(self):
        if self.kind == "op" and self.value in "!-":
            self.advance()
            self.unary()
            return None
        return self.postfix()

    def postfix(self):
        line = self.line()
        if self.kind == "name" and self.value not in ("true", "false", "null"):
            name = self.identifier()
            if self.kind == "op" and self.value == "(":
                return self.call(name)
            path = [name]
            while self.kind == "op" and self.value in (".", "["):
                if self.accept("."):
                    path.append(self.identifier())
                else:
                    self.open()
                    self.expression()
                    self.close("]")
                    path.append("[]")
            self.refs.append((line, path, list(self.bound)))
            return None
        return self.primary()

    def call(self, name):
        if name not in FUNCTIONS and name not in ("list", "set", "map"):
            self.wrong(f"no function {name}")
        self.open()
        self.sequence(")")
        return None

    def sequence(self, end):
        values = []
        while not (self.kind == "op" and self.value == end):
            values.append(self.expression())
            if not self.accept(","):
                break
        self.close(end)
        return values

    def primary(self):
        if self.kind == "quote":
            return self.string()
        if self.kind == "number" or self.value in ("true", "false", "null"):
            constant = self.value
            self.advance()
            return constant
        if self.kind == "op" and self.value in "([{":
            end = {"(": ")", "[": "]", "{": "}"}[self.value]
            self.open()
            if self.value == "for" and end != ")":
                self.comprehension(end)
                return None
            if end == "}":
                self.members()
                return None
            values = self.sequence(end)
            if end == ")" and len(values) != 1:
                self.wrong("one expression in parentheses")
            return values if end == "]" else None
        return self.wrong(f"expected an expression, found {self.value!r}")

    def comprehension(self, end):
        self.advance()
        names = [self.identifier()]
        if self.accept(","):
            names.append(self.identifier())
        self.expect("in")
        self.expression()
        self.expect(":")
        self.bound += names
        self.expression()
        if self.accept("=>"):
            self.expression()
        if self.accept("if"):
            self.expression()
        del self.bound[-len(names):]
        self.close(end)

    # Newlines mean nothing in here, so members without commas are parted by what follows.
    def members(self):
        while not (self.kind == "op" and self.value == "}"):
            if self.kind == "quote":
                self.string()
            else:
                self.identifier()
            if not self.accept("="):
                self.expect(":")
            self.expression()
            self.accept(",")
        self.close("}")

    def string(self):
        """At the opening quote. Templates are parsed as what they hold."""
        text, constant = "", True
        while True:
            c = self.text[self.at:self.at + 1]
            if c in ("", "\n"):
                self.wrong("a string without an end")
            if c == '"':
                self.at += 1
                self.advance()
                return text if constant else None
            if c == "\\":
                if self.text[self.at + 1:self.at + 2] not in ('"', "\\", "n", "r", "t"):
                    self.wrong("no such escape")
                self.at += 2
            elif self.text.startswith("${", self.at):
                self.at += 2
                self.depth += 1
                self.advance()
                self.expression()
                if self.value != "}":
                    self.wrong(f"expected '}}', found {self.value!r}")
                self.depth -= 1
                constant = False
            else:
                self.at += 1
            text += c


class Module:
    """All files of a folder."""

    def __init__(self):
        self.errors, self.used = [], set()
        self.variables, self.locals, self.resources = {}, {}, {}
        self.providers, self.required, self.outputs = {}, set(), {}

    def error(self, where, what):
        self.errors.append(f"{where}: {what}")

    def add(self, table, key, where, value):
        if key in table:
            self.error(where, f"{key} is declared twice")
        table[key] = (where, value)

    def collect(self, path):
        for kind, labels, line, body in Parser(path).body("end").blocks:
            where = f"{path.name}:{line}"
            wanted = {"variable": 1, "output": 1, "provider": 1, "resource": 2}.get(kind, 0)
            if len(labels) != wanted:
                self.error(where, f"{kind} with {len(labels)} labels")
            elif kind == "locals":
                for name, attribute in body.attributes.items():
                    self.add(self.locals, name, where, attribute)
            elif kind == "terraform":
                for block in body.blocks:
                    if block[0] == "required_providers":
                        self.required |= set(block[3].attributes)
            elif wanted:
                table = {"variable": self.variables, "output": self.outputs,
                         "provider": self.providers, "resource": self.resources}[kind]
                self.add(table, tuple(labels) if wanted == 2 else labels[0], where, body)
            else:
                self.error(where, f"unknown block {kind}")

    def reference(self, where, path, allowed):
        root, rest = path[0], [step for step in path[1:] if step != "[]"]
        if root in allowed:
            return
        if root in ("var", "local"):
            table = self.variables if root == "var" else self.locals
            if not rest or rest[0] not in table:
                self.error(where, f"{'.'.join(path)} is not declared")
            else:
                self.used.add((root, rest[0]))
        elif root in SCHEMA:
            required, optional, read, _ = SCHEMA[root]
            if not rest or (root, rest[0]) not in self.resources:
                self.error(where, f"{'.'.join(path)} is not declared")
            elif len(rest) > 1 and rest[1] not in f"{required} {optional} {read}".split():
                self.error(where, f"{root} has no {rest[1]}")
        else:
            self.error(where, f"{'.'.join(path)} leads nowhere")

    def references(self, file, body, allowed=()):
        for _, (_, refs, _) in body.attributes.items():
            for line, path, bound in refs:
                self.reference(f"{file}:{line}", path, {*allowed, *bound})
        for _, _, _, inner in body.blocks:
            self.references(file, inner, allowed)

    def arguments(self, where, what, body, required, optional):
        for name in required.split():
            if name not in body.attributes:
                self.error(where, f"{what} needs {name}")
        for name, (_, _, constant) in body.attributes.items():
            if name not in required.split() + optional.split():
                self.error(where, f"{what} knows no {name}")
            self.choice(where, re.sub(r"^tunnel[12]_", "", name), constant)

    def choice(self, where, name, constant):
        values = constant if isinstance(constant, list) else [constant]
        for value in values:
            if name in CHOICES and value and value not in CHOICES[name].split():
                self.error(where, f"{name} cannot be {value}")

    def resource(self, key, where, body):
        kind = key[0]
        if kind not in SCHEMA:
            self.error(where, f"no table for {kind}")
            return
        required, optional, _, blocks = SCHEMA[kind]
        self.arguments(where, kind, body, required, f"{optional} {' '.join(META)}")
        seen = [block[0] for block in body.blocks]
        for name, (needs, may) in blocks.items():
            if name not in seen:
                self.error(where, f"{kind} needs {name}")
            for inner in (block for block in body.blocks if block[0] == name):
                self.arguments(where, name, inner[3], needs, may)
        for name in set(seen) - set(blocks):
            self.error(where, f"{kind} knows no block {name}")
        if kind.split("_")[0] not in self.required:
            self.error(where, f"the provider of {kind} is not required")
        allowed = {"each"} if "for_each" in body.attributes else set()
        allowed |= {"count"} if "count" in body.attributes else set()
        self.references(where.split(":")[0], body, allowed)

    def variable(self, name, where, body):
        for attribute in set(body.attributes) - VARIABLE:
            self.error(where, f"a variable knows no {attribute}")
        for attribute in ("description", "type"):
            if attribute not in body.attributes:
                self.error(where, f"{name} has no {attribute}")
        secret = body.attributes.get("sensitive", (0, 0, "false"))[2] == "true"
        if re.search("key|secret|password|token", name) and not secret:
            self.error(where, f"{name} is not sensitive")
        if secret and "default" in body.attributes:
            self.error(where, f"{name} is a secret and has a default")
        for block in body.blocks:
            self.references(where.split(":")[0], block[3])

    def check(self):
        for name, (where, body) in self.variables.items():
            self.variable(name, where, body)
        for where, (_, refs, _) in self.locals.values():
            for line, path, bound in refs:
                self.reference(f"{where.split(':')[0]}:{line}", path, bound)
        for name, (where, (_, _, constant)) in self.locals.items():
            self.choice(where, name, constant)
        for name, (where, body) in self.providers.items():
            if name not in PROVIDERS:
                self.error(where, f"no table for provider {name}")
                continue
            required, optional, blocks = PROVIDERS[name]
            self.arguments(where, name, body, required, optional)
            if set(blocks) != {block[0] for block in body.blocks}:
                self.error(where, f"provider {name} needs the blocks {blocks}")
            self.references(where.split(":")[0], body)
        for provider in self.required ^ set(self.providers):
            self.error("versions.tf", f"{provider} is not both required and set up")
        for key, (where, body) in self.resources.items():
            self.resource(key, where, body)
        for where, body in self.outputs.values():
            self.references(where.split(":")[0], body)
        for root, table in (("var", self.variables), ("local", self.locals)):
            for name in table:
                if (root, name) not in self.used:
                    self.error(table[name][0], f"{root}.{name} is never used")


def main():
    module = Module()
    try:
        for path in sorted(Path(sys.argv[1]).glob("*.tf")):
            module.collect(path)
        if not module.resources:
            raise Wrong("no resource")
        module.check()
    except Wrong as wrong:
        module.errors.append(str(wrong))
    for error in module.errors:
        print(error)
    return 1 if module.errors else 0


if __name__ == "__main__":
    sys.exit(main())
