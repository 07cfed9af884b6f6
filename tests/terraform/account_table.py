"""The table of accounts on the deployment's page, and the grants that each of its rows stands for."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from tests.lab.stack.topology import Topology
from tests.terraform.grants import AGENTS, AGENTS_BY_KEY, Grant
from tests.terraform.hcl import FOLDER

FUNCTIONS = "fn-<function>"


class Row(NamedTuple):
    """One row: an account, its roles, on what, by which variable if not always, and why."""

    who: str
    role: str
    on: str
    when: str
    why: str


def rows() -> list[Row]:
    """Return the table's rows as they are written."""
    return [Row(*cells) for cells in page_table("accounts")]


def page_table(name: str) -> list[list[str]]:
    """Return the cells of a table of the page, which stands between comments of its name."""
    page = (FOLDER / "README.md").read_text()
    (lines,) = re.findall(rf"(?s)<!-- {name}:[^\n]*\n(.*?)<!-- /{name} -->", page)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()[2:]]


class Deployment:
    """What the words of the table mean, for a topology and the values of Terraform's variables."""

    def __init__(self, topology: Topology, variables: Mapping[str, Any]) -> None:
        """Take both."""
        self._topology = topology
        self._variables = variables
        self._accounts = {f"fn-{name.replace('_', '-')}": name for name in topology.functions}

    def active(self, row: Row) -> bool:
        """Return whether a row holds: always, with a variable that is set, or without it."""
        if not row.when:
            return True
        return bool(self._variables[_quoted(row.when)[0]]) is not row.when.startswith("without ")

    def grants(self, row: Row) -> Iterator[Grant]:
        """Yield the grants that a row stands for."""
        where, _, condition = row.on.partition(", if ")
        for role, (member, function) in product(_quoted(row.role), self._members(row.who)):
            for kind, name in self._resources(where, member, function):
                yield Grant(member, role, kind, name, condition.strip("`"))

    def _members(self, who: str) -> Iterator[tuple[str, str]]:
        """Yield members, each with the function that it is the account of, if it is one."""
        if who == f"`{FUNCTIONS}`":
            yield from ((self._own(account), name) for account, name in self._accounts.items())
        elif who.startswith("`"):
            yield self._own(who.strip("`")), ""
        else:
            yield from ((member, "") for member in self._others(who))

    def _others(self, who: str) -> set[str]:
        variables = self._variables
        named: dict[str, Callable[[], set[str]]] = {
            **{agent: lambda: {who} for agent in (*AGENTS.values(), *AGENTS_BY_KEY.values())},
            "a reviewer": lambda: set(variables["console_access"]["members"]),
            "an analyst": lambda: set(variables["analytics"]["readers"]),
            "a custodian": lambda: set(variables["keyset_custodians"]),
            "a publisher": lambda: {each for members in variables["publishers"].values() for each in members},
            "the push proxy": lambda: {f"serviceAccount:{variables['push_proxy']['account']}"},
            "the mounted key's account": lambda: {
                f"serviceAccount:{variables['mounted_credentials']['account']}"
            },
        }
        return named[who]()

    def _own(self, account: str) -> str:
        return f"serviceAccount:{account}@{self._variables['project_id']}.iam.gserviceaccount.com"

    def _resources(self, where: str, member: str, function: str) -> Iterator[tuple[str, str]]:
        """Yield kind and name: those that the words stand for, or those that are named."""
        sets = self._sets(member, function)
        if where in sets:
            kind, names = sets[where]
            yield from ((kind, name) for name in names)
            return
        kind = where.partition("`")[0].strip().removesuffix("s")
        for name in _quoted(where):
            yield from ((kind, each) for each in (self._accounts if name == FUNCTIONS else [name]))

    def _sets(self, member: str, function: str) -> dict[str, tuple[str, set[str]]]:
        topology, variables = self._topology, self._variables
        consumers = {each.function for each in topology.subscriptions.values()}
        publishes = {name: self._publishes(name) for name in topology.functions}
        return {
            "project": ("project", {variables["project_id"]}),
            "topics it publishes to": ("topic", publishes.get(function, set())),
            "topics that functions publish to": ("topic", set().union(*publishes.values())),
            "topics of `publishers`": (
                "topic",
                {topic for topic, members in variables["publishers"].items() if member in members},
            ),
            "dead-letter topics": ("topic", set(topology.dead_letter_topics)),
            "subscriptions with one": ("subscription", set(topology.subscriptions)),
            "functions": ("service", {_service(name) for name in topology.functions}),
            "functions it replays to": ("service", {_service(name) for name in consumers}),
            "bucket of sources": ("bucket", {f"{variables['project_id']}-order-events-sources"}),
            "bucket of `state_bucket`": ("bucket", {variables["state_bucket"]}),
            **{
                f"secret of `{option}`": ("secret", {(variables[option] or {}).get("secret")})
                for option in ("alert_webhook", "mounted_credentials")
            },
        }

    def _publishes(self, function: str) -> set[str]:
        """Return the topics of a function: its own, and its dead-letter topics beyond the nack budget."""
        dead_letter_topics = {
            each.dead_letter_topic
            for each in self._topology.subscriptions.values()
            if each.function == function and each.dead_letter_topic
        }
        return {*self._topology.functions[function].publishes, *dead_letter_topics}


def _service(function: str) -> str:
    return function.replace("_", "-")


def _quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)
