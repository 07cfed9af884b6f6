"""Generate the published contracts and the schema of the analytics table: `make contracts`.

The contracts are compared with the released ones. `--release` makes them the released ones, where nothing
breaks or each break is announced in the changelog.
"""

import argparse
import sys

from tests.lab.contracts.catalogue import messages
from tests.lab.contracts.files import CHANGELOG, PUBLISHED, RELEASED, generate, stored, write
from tests.lab.contracts.gate import check
from tests.lab.contracts.table_schema import TABLE_SCHEMA, table_schema


def main() -> int:
    """Return 1 where a change breaks a producer or a consumer."""
    parser = argparse.ArgumentParser(prog="make contracts", description=__doc__)
    parser.add_argument(
        "--release", action="store_true", help="make the published contracts the released ones"
    )
    options = parser.parse_args()
    current = generate()
    for path in write(PUBLISHED, current):
        print(f"changed: shared/contracts/published/{path}")
    table = table_schema(messages())
    if TABLE_SCHEMA.read_text(encoding="utf-8") != table:
        TABLE_SCHEMA.write_text(table, encoding="utf-8")
        print("changed: terraform/analytics/order_events.json")
    breaks = check(stored(RELEASED), current, CHANGELOG.read_text(encoding="utf-8"))
    for each in breaks:
        print(f"breaks: {each}")
    if breaks:
        print(
            f"{len(breaks)} breaking changes. Undo them, or raise the major version (contract_version of the "
            "contract, EVENT_VERSION of events) and describe the break in shared/contracts/CHANGELOG.md.",
            file=sys.stderr,
        )
        return 1
    print("Compatible with the released contracts.")
    if options.release:
        schemas = {path: text for path, text in current.items() if len(path.parts) > 1}
        print(f"Released {len(schemas)} schemas, {len(write(RELEASED, schemas))} of them changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
