#!/usr/bin/env python3
"""Move requests between revisions of the functions; nothing is built. Repeating a command changes nothing.

python3 terraform/traffic.py COMMAND --project PROJECT [--region REGION] [FUNCTION ...]

  show      print which revisions serve, and when the newest was made
  rollback  the revision before the newest takes all requests, of the functions named
  split     the newest revision takes a share: --percent
  watch     fail where the newest revision fails more often than the one it replaces: --minutes
  finish    the newest revision takes all requests
  pin       the serving revision keeps all requests when the next one is deployed
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gcloud import run_gcloud

MONITORING = os.environ.get("MONITORING_URL", "https://monitoring.googleapis.com")
MAX_EXCESS_SHARE = 0.01
"""How far the share of failed requests may exceed twice the old share: deferrals fail, too."""
MIN_REQUESTS = 20
"""With fewer requests the share of failed ones means nothing."""
CHECK_INTERVAL_S = 60
FOLLOWS = "LATEST"
"""gcloud's name for whichever revision is the newest: the next one takes its requests over at once."""


@dataclass(frozen=True)
class Service:
    """A function's revisions.

    Attributes:
        name: of the function.
        newest: the newest revision that is ready.
        serving: the revision that takes most requests.
        shares: percent of the requests by revision; by `FOLLOWS` where no revision is named.
    """

    name: str
    newest: str
    serving: str
    shares: Mapping[str, int]


def main(arguments: Sequence[str]) -> int:
    """Run one command; return 1 where a watched revision fails too often."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "rollback" and not options.functions:
        parser.error("name the functions to roll back: `show` prints which are new")
    names = options.functions or _list_functions(options)
    services = [_describe(options, name) for name in names]
    if options.command == "watch":
        return watch(options, services)
    for service in services:
        revisions = _revisions(options, service)
        shares = choose_shares(options.command, service, options.percent, [*revisions])
        if shares != service.shares:
            wanted = ",".join(f"{revision}={percent}" for revision, percent in shares.items())
            _run_in_region(options, "services", "update-traffic", service.name, f"--to-revisions={wanted}")
        served = ", ".join(f"{revision} {percent} %" for revision, percent in shares.items())
        print(f"{service.name}: {served}; newest {service.newest} of {revisions.get(service.newest)}")
    return 0


def choose_shares(
    command: str, service: Service, percent: int, revisions: Sequence[str]
) -> Mapping[str, int]:
    """Return the shares that a command wants; `revisions` are those that are ready, the newest first."""
    match command:
        case "split" if service.newest != service.serving:
            return {service.newest: percent, service.serving: 100 - percent}
        case "finish":
            return {service.newest: 100}
        case "pin" | "split":
            return {service.serving: 100}
        case "rollback":
            older = [each for each in revisions if each != service.newest]
            stays = service.newest != service.serving or not older
            return {service.serving if stays else older[0]: 100}
    return service.shares


def watch(options: argparse.Namespace, services: Sequence[Service]) -> int:
    """Compare the newest revision with the serving one, once a minute, for as long as asked."""
    started = time.monotonic()
    while True:
        for service in services:
            new, old = (_count_requests(options, service, each) for each in (service.newest, service.serving))
            if service.newest != service.serving and fails_more_often(new, old):
                print(
                    f"{service.name}: {service.newest} failed {new[0]:.0f} of {new[1]:.0f} requests, "
                    f"{service.serving} {old[0]:.0f} of {old[1]:.0f}",
                    file=sys.stderr,
                )
                return 1
        left = options.minutes * 60 - (time.monotonic() - started)
        if left <= 0:
            return 0
        time.sleep(min(left, CHECK_INTERVAL_S))


def fails_more_often(new: tuple[float, float], old: tuple[float, float]) -> bool:
    """Compare a new revision with an old one. Each pair is (failed requests, all requests)."""
    if new[1] < MIN_REQUESTS:
        return False
    return new[0] / new[1] > 2 * old[0] / max(old[1], 1) + MAX_EXCESS_SHARE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["show", "rollback", "split", "watch", "finish", "pin"])
    parser.add_argument("functions", nargs="*", help="names; without any, all functions")
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", default="asia-southeast1")
    parser.add_argument("--percent", type=int, default=10, help="for split")
    parser.add_argument("--minutes", type=int, default=15, help="for watch")
    return parser


def _list_functions(options: argparse.Namespace) -> list[str]:
    found = run_gcloud(options.project, "functions", "list", "--v2", f"--regions={options.region}")
    return sorted(each["name"].rpartition("/")[2] for each in found)


def _describe(options: argparse.Namespace, name: str) -> Service:
    status = _run_in_region(options, "services", "describe", name)["status"]
    newest = status["latestReadyRevisionName"]
    shares = {
        FOLLOWS if each.get("latestRevision") else each["revisionName"]: each.get("percent", 0)
        for each in status["traffic"]
    }
    served = {revision: percent for revision, percent in shares.items() if percent}
    most = max(served, key=lambda each: served[each])
    return Service(name, newest, newest if most == FOLLOWS else most, served)


def _revisions(options: argparse.Namespace, service: Service) -> dict[str, str]:
    """Return when each revision that is ready was made, the newest first."""
    found = _run_in_region(options, "revisions", "list", f"--service={service.name}")
    metadata = [each["metadata"] for each in found if _is_ready(each)]
    made = {each["name"]: each["creationTimestamp"] for each in metadata}
    return dict(sorted(made.items(), key=lambda each: each[1], reverse=True))


def _is_ready(revision: Mapping[str, Any]) -> bool:
    return any(
        each["type"] == "Ready" and each["status"] == "True" for each in revision["status"]["conditions"]
    )


def _count_requests(options: argparse.Namespace, service: Service, revision: str) -> tuple[float, float]:
    """Return failed requests and all requests of a revision while it is watched."""
    place = f'{{service_name="{service.name}",revision_name="{revision}"'
    window = f"[{max(options.minutes, 1)}m]"
    every = f"sum(increase(run_googleapis_com:request_count{place}}}{window}))"
    failed = f'sum(increase(run_googleapis_com:request_count{place},response_code_class="5xx"}}{window}))'
    return _query_metric(options, failed), _query_metric(options, every)


def _query_metric(options: argparse.Namespace, query: str) -> float:
    path = f"/v1/projects/{options.project}/location/global/prometheus/api/v1/query?"
    token = subprocess.run(
        ["gcloud", "auth", "print-access-token"], capture_output=True, text=True, check=True
    )
    request = urllib.request.Request(  # noqa: S310 - Google's own address
        MONITORING + path + urllib.parse.urlencode({"query": query}),
        headers={"Authorization": f"Bearer {token.stdout.strip()}"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - as above
        result = json.load(response)["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


def _run_in_region(options: argparse.Namespace, *words: str) -> Any:
    """Run a command of Cloud Run."""
    return run_gcloud(options.project, "run", *words, f"--region={options.region}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
