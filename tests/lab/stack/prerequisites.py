"""Report everything that the machine lacks for the local stack, before anything starts."""

import os
import sys
from collections.abc import Callable, Mapping

from tests.lab.stack import sdk
from tests.lab.stack.emulators import answers
from tests.lab.stack.errors import MissingPrerequisiteError


def missing(environ: Mapping[str, str] = os.environ) -> list[MissingPrerequisiteError]:
    """Return all missing prerequisites with their remedies; an emulator that already runs needs none."""
    checks: list[Callable[[], object]] = []
    for component in (sdk.PUBSUB, sdk.FIRESTORE):
        if given := environ.get(component.variable):
            checks.append(lambda given=given, component=component: _check_running(component, given))  # type: ignore[misc]  # mypy cannot infer a lambda's bound defaults
        else:
            checks += [sdk.find_java, lambda component=component: sdk.find_jar(component)]  # type: ignore[misc]  # as above
    problems = {str(problem): problem for check in checks if (problem := _problem(check))}
    return list(problems.values())


def _problem(check: Callable[[], object]) -> MissingPrerequisiteError | None:
    try:
        check()
    except MissingPrerequisiteError as problem:
        return problem
    return None


def _check_running(component: sdk.Component, address: str) -> None:
    if not answers(address):
        raise MissingPrerequisiteError(
            f"{component.variable} is {address}, but nothing answers there",
            "Start that emulator, or unset the variable to have one started",
        )


def main() -> int:
    """Print what is missing to standard error; return 0 if nothing is missing, else 1."""
    problems = missing()
    for problem in problems:
        print(f"missing: {problem.problem}\n  remedy: {problem.remedy}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
