"""Who reads orders, keys and secrets is on record, and the record does not cost more than the orders."""

from tests.lab.stack import topology
from tests.terraform.planned import Plan

TOPOLOGY = topology.load()


def test_reads_and_writes_of_data_are_recorded(planned: Plan) -> None:
    """Firestore (by the name it is configured by), Cloud KMS and Secret Manager: reads and writes."""
    configs = planned.of("google_project_iam_audit_config.data")
    assert configs.keys() == {
        "datastore.googleapis.com",
        "cloudkms.googleapis.com",
        "secretmanager.googleapis.com",
    }
    for values in configs.values():
        assert {each["log_type"] for each in values["audit_log_config"]} == {"DATA_READ", "DATA_WRITE"}


def test_only_the_functions_own_reads_are_left_out(planned: Plan) -> None:
    """People, builds and any other account are recorded; of keys and secrets, each use is."""
    configs = planned.of("google_project_iam_audit_config.data")
    stores = {values["member"] for values in planned.of("google_project_iam_member.store").values()}
    left_out = {
        service: {member for each in values["audit_log_config"] for member in each["exempted_members"] or ()}
        for service, values in configs.items()
    }
    assert left_out == {
        "cloudkms.googleapis.com": set(),
        "datastore.googleapis.com": stores,
        "secretmanager.googleapis.com": set(),
    }


def test_requests_that_failed_stay_in_the_log(planned: Plan) -> None:
    """What Cloud Run logs a second time is left out only where the function succeeded."""
    (exclusion,) = planned.of("google_logging_project_exclusion.successful_requests").values()
    assert 'log_id("run.googleapis.com/requests")' in exclusion["filter"]
    assert "httpRequest.status<400" in exclusion["filter"]


def test_images_are_scanned(planned: Plan) -> None:
    """Each image that is pushed is searched for known vulnerabilities."""
    assert "containerscanning.googleapis.com" in planned.of("google_project_service.api")


def test_alerts_reach_the_channels(planned: Plan) -> None:
    """Every alert goes to each channel that the environment names."""
    channels = set(planned.variables["alert_channels"] or ())
    emails = planned.variables["alert_emails"] or {}
    assert planned.of("google_monitoring_notification_channel.email").keys() == emails.keys()
    for each in planned:
        if each.type == "google_monitoring_alert_policy" and not emails:
            assert set(each.values["notification_channels"] or ()) == channels
    for block in ("expression", "log"):
        assert "local.notified" in planned.refers(
            f"google_monitoring_alert_policy.{block}", "notification_channels"
        )
