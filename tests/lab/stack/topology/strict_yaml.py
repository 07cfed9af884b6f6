"""YAML without duplicate keys: PyYAML and Terraform's `yamldecode` silently keep the last one."""

from collections.abc import Iterator

import yaml

from tests.lab.stack.topology.problems import Path, Problem


def parse(text: str) -> tuple[object, list[Problem]]:
    """Parse a YAML document; return it with one problem for each duplicate key.

    Raises yaml.YAMLError for invalid YAML.
    """
    root = yaml.compose(text, yaml.SafeLoader)
    return yaml.safe_load(text), list(_repeated(root, ())) if root else []


def _repeated(node: yaml.Node, path: Path) -> Iterator[Problem]:
    if not isinstance(node, yaml.MappingNode):
        return
    seen = set[str]()
    for key, value in node.value:
        here = (*path, str(key.value))
        if key.value in seen:
            yield Problem(here, f"is written twice, again in line {key.start_mark.line + 1}")
        seen.add(key.value)
        yield from _repeated(value, here)
