"""The table and the views of terraform/analytics in DuckDB: sqlglot writes BigQuery's SQL in its dialect.

A row gets in as Pub/Sub writes it with the table's schema: columns by name and type, other fields dropped.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from tests.terraform.hcl import FOLDER

ANALYTICS = FOLDER / "analytics"
SCHEMA: list[dict[str, Any]] = json.loads((ANALYTICS / "order_events.json").read_text())
VIEWS = {file.stem: file for file in sorted((ANALYTICS / "views").glob("*.sql"))}
DATASET = "order_analytics"

KINDS: Mapping[str, tuple[str, type]] = {
    "STRING": ("VARCHAR", str),
    "INTEGER": ("BIGINT", int),
    "BOOLEAN": ("BOOLEAN", bool),
    "TIMESTAMP": ("TIMESTAMP", str),
}
"""By BigQuery's type: DuckDB's, and Python's of its JSON."""


class Refused(Exception):
    """The table does not take a value: Pub/Sub dead-letters the message after its attempts."""


class Warehouse:
    """A dataset; its views take `now` as the present time."""

    def __init__(self, now: datetime) -> None:
        self._database = duckdb.connect(config={"threads": 1})
        self._database.execute(f"CREATE SCHEMA {DATASET}")
        columns = ", ".join(f'"{each["name"]}" {_sql_type(each)}' for each in SCHEMA)
        self._database.execute(f"CREATE TABLE {DATASET}.order_events ({columns})")
        for name, file in {"distinct_events": ANALYTICS / "distinct_events.sql", **VIEWS}.items():
            self._database.execute(f"CREATE VIEW {DATASET}.{name} AS {_translated(file, now)}")

    def write(self, payloads: Iterable[bytes]) -> None:
        """Write a row for each payload. Raises Refused."""
        rows = [json.dumps(row_of(SCHEMA, json.loads(each))) for each in payloads]
        shape = json.dumps({each["name"]: _shape(each) for each in SCHEMA})
        columns = "unnest(json_transform_strict(line::JSON, ?)) FROM unnest(?::VARCHAR[]) AS lines(line)"
        self._database.execute(f"INSERT INTO {DATASET}.order_events SELECT {columns}", [shape, rows])

    def ask(self, view: str) -> list[dict[str, Any]]:
        """Return the rows of a view, sorted."""
        found = self._database.execute(f"SELECT * FROM {DATASET}.{view} ORDER BY ALL")  # noqa: S608
        names = [each[0] for each in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def row_of(columns: Iterable[Mapping[str, Any]], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the columns; fields without a column are dropped. Raises Refused."""
    return {each["name"]: _cell(each, payload.get(each["name"])) for each in columns}


def _cell(column: Mapping[str, Any], value: Any) -> Any:
    repeated = column["mode"] == "REPEATED"
    if value is None:
        return [] if repeated else None
    if not repeated:
        return _scalar(column, value)
    if not isinstance(value, list):
        raise Refused(column["name"])
    return [_scalar(column, each) for each in value]


def _scalar(column: Mapping[str, Any], value: Any) -> Any:
    if column["type"] == "RECORD" and isinstance(value, dict):
        return row_of(column["fields"], value)
    if column["type"] == "RECORD" or type(value) is not KINDS[column["type"]][1]:
        raise Refused(column["name"])
    return value


def _sql_type(column: Mapping[str, Any]) -> str:
    fields = ", ".join(f'"{each["name"]}" {_sql_type(each)}' for each in column.get("fields", ()))
    kind = f"STRUCT({fields})" if fields else KINDS[column["type"]][0]
    return f"{kind}[]" if column["mode"] == "REPEATED" else kind


def _shape(column: Mapping[str, Any]) -> Any:
    """Return a column's type as json_transform reads it."""
    fields = {each["name"]: _shape(each) for each in column.get("fields", ())}
    kind = fields or KINDS[column["type"]][0]
    return [kind] if column["mode"] == "REPEATED" else kind


@cache
def _parsed(file: Path) -> exp.Expr:
    sql = file.read_text().replace("${dataset}", DATASET)
    return sqlglot.parse_one(sql, read="bigquery")


def _translated(file: Path, now: datetime) -> str:
    """Write a view's SQL for DuckDB, with a moment in place of the present."""
    moment = exp.cast(
        exp.Literal.string(now.replace(tzinfo=None).isoformat(sep=" ")), exp.DataType.Type.TIMESTAMP
    )

    def fixed(node: exp.Expr) -> exp.Expr:
        return moment.copy() if isinstance(node, exp.CurrentTimestamp) else node

    return _parsed(file).transform(fixed).sql(dialect="duckdb", comments=False)
