"""Alerts fire when they should and end when it is over: Prometheus evaluates their own expressions."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.terraform.monitoring_files import alerts
from tests.tools import PROMTOOL

OWN, PUBSUB = "custom_googleapis_com:", "pubsub_googleapis_com:subscription_"
INSTANCES = ('task_id="a"', 'task_id="b"')
SUBSCRIPTION = 'topic="order-create",subscription="order-create-sub"'


@dataclass(frozen=True)
class Case:
    """Series of one point a minute, and the minutes at which the alert is looked at.

    Values are Prometheus's notation: `0+3x10` rises by 3, ten times.
    """

    series: dict[str, str]
    firing: tuple[str, ...]
    quiet: tuple[str, ...]


def deliveries(result: str, values: str, topic: str = "order-create") -> dict[str, str]:
    """Return the same count from each of two instances."""
    place = f'topic="{topic}",subscription="{topic}-sub",result="{result}"'
    return {f"{OWN}message_count{{{place},{each}}}": values for each in INSTANCES}


def dead_letters(values: str) -> dict[str, str]:
    """Return the same count of dead letters from each of two instances."""
    place = 'original_topic="order-create",error_type="rejected"'
    return {f"{OWN}dlq_messages{{{place},{each}}}": values for each in INSTANCES}


def durations(within: str, total: str) -> dict[str, str]:
    """Return counts of deliveries below 100 ms and of all."""
    name = f"{OWN}message_processing_time"
    return {
        f'{name}_bucket{{{SUBSCRIPTION},status="204",le="100"}}': within,
        f'{name}_count{{{SUBSCRIPTION},status="204"}}': total,
    }


def pushes(acknowledged: str, failed: str) -> dict[str, str]:
    """Return counts of pushes by what was answered."""
    place = 'subscription_id="order-create-sub",response_class='
    return {
        f'{PUBSUB}push_request_count{{{place}"ack"}}': acknowledged,
        f'{PUBSUB}push_request_count{{{place}"remote_server_4xx"}}': failed,
    }


def waiting(values: str, metric: str = "num_undelivered_messages") -> dict[str, str]:
    """Return a gauge of one subscription."""
    return {f'{PUBSUB}{metric}{{subscription_id="order-create-sub"}}': values}


# What is wrong lasts for the first part of each series; the rest shows the end.
CASES = {
    "high_message_lag": Case(waiting("1001x10 1000x10"), ("6m", "10m"), ("4m", "12m")),
    "dlq_message_rate": Case(dead_letters("0+306x20 6120+294x20"), ("10m", "20m"), ("30m", "40m")),
    "processing_errors": Case(deliveries("error", "0+2x20 40+1x20"), ("10m", "20m"), ("30m", "40m")),
    "processing_error_share": Case(
        deliveries("error", "0+6x20 120+4x20") | deliveries("processed", "0+94x20 1880+96x20"),
        ("10m", "20m"),
        ("0m", "30m", "40m"),
    ),
    "oldest_unacked_age": Case(
        waiting("601x10 600x10", "oldest_unacked_message_age"), ("6m", "10m"), ("4m", "12m")
    ),
    "dead_letters_lost": Case(
        {f'{PUBSUB}dead_letter_message_count{{subscription_id="order-create-sub"}}': "0+10x60 600x120"}
        | deliveries("processed", "0+3x60 180x120", topic="order-create-dlq"),
        ("60m", "80m"),
        ("20m", "150m"),
    ),
    "push_ack_ratio": Case(pushes("0+98x30 2940+100x30", "0+2x30 60x30"), ("25m", "30m"), ("5m", "55m")),
    "availability_fast_burn": Case(
        deliveries("processed", "0+98x60 5880+100x60") | dead_letters("0+2x60 120x60"),
        ("30m", "60m"),
        ("70m", "110m"),
    ),
    "availability_slow_burn": Case(
        deliveries("processed", "0+99x360 35640+100x120") | dead_letters("0+1x360 360x120"),
        ("120m", "360m"),
        ("400m", "480m"),
    ),
    "latency_fast_burn": Case(
        durations("0+85x60 5100+100x60", "0+100x60 6000+100x60"), ("30m", "60m"), ("70m", "110m")
    ),
    "latency_slow_burn": Case(
        durations("0+93x360 33480+100x120", "0+100x360 36000+100x120"), ("120m", "360m"), ("400m", "480m")
    ),
}

# What comes close to an alert and must not be one.
CALM = {
    "high_message_lag": Case(waiting("1001x4 10x4 1001x4"), (), ("5m", "8m", "12m")),
    "dead_letters_lost": Case(
        {f'{PUBSUB}dead_letter_message_count{{subscription_id="order-create-sub"}}': "0+1x120"}
        | {f'{PUBSUB}num_undelivered_messages{{subscription_id="order-create-dlq-sub"}}': "0+1x120"}
        | {f'{PUBSUB}dead_letter_message_count{{subscription_id="order-events-bigquery-sub"}}': "0+10x120"},
        (),
        ("60m", "90m", "120m"),
    ),
    "availability_fast_burn": Case(
        deliveries("processed", "0+100x120") | dead_letters("0x60 0+5x2 10x58"), (), ("30m", "75m", "120m")
    ),
    "push_ack_ratio": Case(pushes("0+996x60", "0+4x60"), (), ("30m", "60m")),
}


@pytest.fixture(scope="module")
def promtool() -> str:
    """Return Prometheus's tool; without it skip the tests, under CI=true fail them."""
    return PROMTOOL.require()


@pytest.mark.parametrize("name", alerts())
def test_an_alert_fires_and_ends(promtool: str, name: str, tmp_path: Path) -> None:
    """Where its trouble begins the alert fires, and where the trouble ends so does the alert."""
    prove(promtool, tmp_path, name, CASES[name])


@pytest.mark.parametrize("name", CALM)
def test_a_near_miss_is_no_alert(promtool: str, name: str, tmp_path: Path) -> None:
    """What is over before it counts, waits its turn, or stays within the objective, is no alert."""
    prove(promtool, tmp_path, name, CALM[name])


def test_a_wrong_expectation_is_noticed(promtool: str, tmp_path: Path) -> None:
    """The proof itself can fail: an alert expected where there is none is reported."""
    wrong = Case(CASES["high_message_lag"].series, firing=("12m",), quiet=())
    with pytest.raises(AssertionError, match="FAILED"):
        prove(promtool, tmp_path, "high_message_lag", wrong)


def test_the_three_of_the_requirements_are_as_written() -> None:
    """Requirements 8.2 names three alerts, their thresholds, durations and severities."""
    written = {name: (each["severity"], each["for"]) for name, each in alerts().items()}

    assert written["high_message_lag"] == ("WARNING", 300)
    assert written["dlq_message_rate"] == ("CRITICAL", 0)
    assert written["processing_errors"] == ("WARNING", 0)
    assert alerts()["high_message_lag"]["expr"].endswith("num_undelivered_messages) > 1000")
    assert alerts()["dlq_message_rate"]["expr"].endswith(
        "(rate(custom_googleapis_com:dlq_messages[5m])) > 10"
    )
    errors = '(rate(custom_googleapis_com:message_count{result="error"}[5m])) > 0.05'
    assert alerts()["processing_errors"]["expr"].endswith(errors)


def prove(promtool: str, folder: Path, name: str, case: Case) -> None:
    """Have Prometheus evaluate an alert over series; raise AssertionError with what it says."""
    _write(folder / "rules.yaml", {"groups": [{"name": "order-events", "rules": [_rule(name)]}]})
    _write(folder / "test.yaml", {"rule_files": ["rules.yaml"], "tests": [_test(name, case)]})
    done = subprocess.run(
        [promtool, "test", "rules", "test.yaml"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _rule(name: str) -> dict[str, Any]:
    return {"alert": name, "expr": alerts()[name]["expr"], "for": f"{alerts()[name]['for']}s"}


def _test(name: str, case: Case) -> dict[str, Any]:
    """Expect at least the alert by counting what fires, whatever its labels are."""
    looks = [(each, 1) for each in case.firing] + [(each, 0) for each in case.quiet]
    counted = f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)'
    return {
        "interval": "1m",
        "input_series": [{"series": each, "values": values} for each, values in case.series.items()],
        "promql_expr_test": [
            {"expr": counted, "eval_time": time, "exp_samples": [{"labels": "{}", "value": value}]}
            for time, value in looks
        ],
    }


def _write(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content))
