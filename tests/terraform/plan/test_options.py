"""What is switched on reaches the functions, as their settings read it, and what is not does not."""

from collections.abc import Mapping
from typing import Any

from shared.settings import ConsoleSettings, Settings
from tests.lab.stack import topology
from tests.terraform.planned import Plan

TOPOLOGY = topology.load()
FUNCTION = "google_cloudfunctions2_function.function"
CONSOLE = "google_cloudfunctions2_function.console"
NOTIFIERS = {"dlq", "console"}
UNKNOWN = {"FUNCTION_URLS": "{}"}  # known once the functions are there


def environments(planned: Plan, block: str) -> dict[str, dict[str, str]]:
    """Return the environment of each function of a block."""
    return {
        name: UNKNOWN | _config(values)["environment_variables"] for name, values in planned.of(block).items()
    }


def _config(values: Mapping[str, Any]) -> Mapping[str, Any]:
    (config,) = values["service_config"]
    return dict(config)


def settings_of(planned: Plan) -> dict[str, Settings]:
    """Return what each function that takes pushes reads from its environment."""
    return {name: Settings.read(each) for name, each in environments(planned, FUNCTION).items()}


def console_settings(planned: Plan) -> ConsoleSettings:
    """Return what the console reads from its environment."""
    (environment,) = environments(planned, CONSOLE).values()
    return ConsoleSettings.read(environment)


def enabled(planned: Plan) -> set[str]:
    """Return the APIs that are turned on."""
    return set(planned.of("google_project_service.api"))


def test_every_variable_is_read(planned: Plan) -> None:
    """Each variable has a setting that reads it: a misspelt one would be a silent default."""
    read = {field.alias for model in (Settings, ConsoleSettings) for field in model.model_fields.values()}
    of_the_platform = {"FUNCTION_USE_ASGI", "PYDANTIC_DISABLE_PLUGINS", "WORKERS"}
    for block in (FUNCTION, CONSOLE):
        for environment in environments(planned, block).values():
            assert environment.keys() <= read | of_the_platform


def test_every_function_has_the_shop_s_bounds(planned: Plan) -> None:
    """Currency and clock tolerance are those of the environment's variables."""
    for settings in settings_of(planned).values():
        assert settings.default_currency == planned.variables["default_currency"]
        assert settings.max_ahead_seconds == planned.variables["max_ahead_seconds"]
        assert settings.alert_webhook_url is None


def test_traces_are_sampled_where_a_share_is_set(planned: Plan) -> None:
    """Every function has the share; API and grants are there with one, and absent without."""
    ratio = planned.variables["trace_sample_ratio"]
    settings = {name: each.trace_sample_ratio for name, each in settings_of(planned).items()}
    assert settings == dict.fromkeys(TOPOLOGY.functions, ratio)
    assert ("cloudtrace.googleapis.com" in enabled(planned)) is bool(ratio)
    assert set(planned.of("google_project_iam_member.traces")) == (
        set(TOPOLOGY.functions) if ratio else set()
    )


def test_only_what_notifies_has_the_webhook(planned: Plan) -> None:
    """The function dlq and the console get its URL from the secret, its format and the console's address."""
    webhook = planned.variables["alert_webhook"]
    configs = {name: _config(values) for name, values in planned.of(FUNCTION).items()}
    configs["console"] = _config(*planned.of(CONSOLE).values())
    secrets = {
        name: [(each["key"], each["secret"]) for each in config["secret_environment_variables"] or ()]
        for name, config in configs.items()
    }
    url = [("ALERT_WEBHOOK_URL", webhook["secret"])] if webhook else []
    assert secrets == {name: url if name in NOTIFIERS else [] for name in configs}
    for name, config in configs.items():
        given = config["environment_variables"]
        expected = (webhook["format"], planned.variables["console_url"]) if webhook else (None, None)
        found = (given.get("ALERT_WEBHOOK_FORMAT"), given.get("CONSOLE_URL"))
        assert found == (expected if name in NOTIFIERS else (None, None))
    grants = planned.of("google_secret_manager_secret_iam_member.alert_webhook")
    assert grants.keys() == (NOTIFIERS if webhook else set())


def test_the_keyset_is_unwrapped_by_the_one_key(planned: Plan) -> None:
    """Each function that mounts the keyset names the key that exists, and may decrypt with it."""
    project, region = planned.variables["project_id"], planned.variables["region"]
    key = f"projects/{project}/locations/{region}/keyRings/order-events/cryptoKeys/keyset"
    (ring,) = planned.of("google_kms_key_ring.orders").values()
    (made,) = planned.of("google_kms_crypto_key.keyset").values()
    settings = {each.keyset_kms_key for each in (*settings_of(planned).values(), console_settings(planned))}
    decrypters = planned.of("google_kms_crypto_key_iam_member.function").values()

    assert (ring["location"], ring["name"], made["name"]) == (region, "order-events", "keyset")
    assert settings == {key}
    assert {each["crypto_key_id"] for each in decrypters} == {key}
    assert len(decrypters) == len(TOPOLOGY.functions) + 1


def test_the_key_is_rotated_and_kept(planned: Plan) -> None:
    """A new version comes every 90 days, and no apply destroys the key: left alone, or refused."""
    (made,) = planned.of("google_kms_crypto_key.keyset").values()
    kept = "PREVENT" if planned.variables["deletion_protection"] else "ABANDON"
    assert (made["purpose"], made["rotation_period"]) == ("ENCRYPT_DECRYPT", f"{90 * 24 * 3600}s")
    assert made["deletion_policy"] == kept


def proxied(planned: Plan) -> dict[str, str]:
    """Return the URL of each function behind a proxy; empty where there is none."""
    proxy = planned.variables["push_proxy"]
    return {name: f"{proxy['url']}/{name.replace('_', '-')}" for name in TOPOLOGY.functions} if proxy else {}


def test_functions_verify_pushes_only_behind_a_proxy(planned: Plan) -> None:
    """There they know what tokens are made for, and who pushes: Pub/Sub and the console, not the proxy."""
    urls = proxied(planned)
    accounts = {"pubsub-push", "fn-console"} if urls else set()
    for name, settings in settings_of(planned).items():
        assert settings.push_audience == urls.get(name, "")
        assert {account.partition("@")[0] for account in settings.push_accounts} == accounts


def test_pushes_go_by_the_proxy(planned: Plan) -> None:
    """Where there is one, every subscription pushes there, and its token is the one the function verifies."""
    settings = settings_of(planned)
    for name, url in proxied(planned).items():
        for subscription in TOPOLOGY.subscriptions_of(name):
            (push,) = planned.of("google_pubsub_subscription.subscription")[subscription]["push_config"]
            (token,) = push["oidc_token"]
            assert push["push_endpoint"] == token["audience"] == url
            assert token["service_account_email"] in settings[name].push_accounts


def test_roles_and_identities_reach_the_console(planned: Plan) -> None:
    """The console knows each role, the audience of the proxy's signatures, and the schedule's account."""
    settings = console_settings(planned)
    assert settings.roles == planned.variables["console_roles"]
    assert settings.iap_audience == (planned.variables["iap_audience"] or "")
    for job in planned.of("google_cloud_scheduler_job.console").values():
        (target,) = job["http_target"]
        (token,) = target["oidc_token"]
        assert token["service_account_email"] == settings.schedule_account


def test_no_name_is_sent_unsigned(planned: Plan) -> None:
    """The schedule writes no header that names it: a name counts only where a signature proves it."""
    for job in planned.of("google_cloud_scheduler_job.console").values():
        (target,) = job["http_target"]
        assert {name.lower() for name in target["headers"]} == {"content-type"}
