"""Functions that take messages reach Google's services alone, where the environment asks for that."""

from ipaddress import ip_network

import pytest

from tests.lab.stack import topology
from tests.terraform.planned import Plan

RESTRICTED = ip_network("199.36.153.4/30")
"""restricted.googleapis.com"""
TOPOLOGY = topology.load()


@pytest.fixture
def restricted(planned: Plan) -> Plan:
    """Return the plan of an environment that restricts."""
    if not planned.variables["restrict_egress"]:
        pytest.skip("this environment does not restrict")
    return planned


def test_every_function_sends_by_the_network_where_it_is_restricted(planned: Plan) -> None:
    """All traffic of all of them, or of none."""
    restricts = planned.variables["restrict_egress"]
    functions = planned.of("google_cloudfunctions2_function.function")
    configs = [values["service_config"][0] for values in functions.values()]
    assert {each.get("direct_vpc_egress") for each in configs} == {
        "VPC_EGRESS_ALL_TRAFFIC" if restricts else None
    }
    assert {len(each.get("direct_vpc_network_interface") or ()) for each in configs} == {
        1 if restricts else 0
    }
    assert bool(planned.of("google_compute_network.consumers")) is restricts


def test_the_network_leads_to_google_only(restricted: Plan) -> None:
    """One rule lets HTTPS to Google's restricted addresses out, before another denies the rest."""
    (allowed,) = restricted.of("google_compute_firewall.google_only").values()
    (denied,) = restricted.of("google_compute_firewall.nothing_else").values()
    assert {each["direction"] for each in (allowed, denied)} == {"EGRESS"}
    assert [ip_network(each) for each in allowed["destination_ranges"]] == [RESTRICTED]
    assert allowed["allow"] == [{"protocol": "tcp", "ports": ["443"]}]
    assert (denied["destination_ranges"], denied["deny"][0]["protocol"]) == (["0.0.0.0/0"], "all")
    assert allowed["priority"] < denied["priority"]


def test_names_of_googles_services_lead_there(restricted: Plan) -> None:
    """What functions call has a name below googleapis.com, and each name one of the allowed addresses."""
    (zone,) = restricted.of("google_dns_managed_zone.consumers").values()
    (record,) = restricted.of("google_dns_record_set.consumers").values()
    (subnet,) = restricted.of("google_compute_subnetwork.consumers").values()
    assert (zone["dns_name"], zone["visibility"]) == ("googleapis.com.", "private")
    assert record["name"] == "*.googleapis.com."
    assert {*record["rrdatas"]} == {str(each) for each in RESTRICTED}
    assert subnet["private_ip_google_access"]


def test_the_network_has_an_address_for_every_instance(restricted: Plan) -> None:
    """Twice as many as there can be instances: a new revision starts before the old one ends."""
    (subnet,) = restricted.of("google_compute_subnetwork.consumers").values()
    instances = sum(each.max_instances for each in TOPOLOGY.functions.values())
    assert ip_network(subnet["ip_cidr_range"]).num_addresses >= 2 * instances
