"""Response bodies of the API: records in camelCase, some fields under older names."""

from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.failed_messages.model import Page


class View(BaseModel):
    """A record as JSON, read from the record's attributes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        from_attributes=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True
    )

    @classmethod
    def of(cls, record: Any) -> Self:
        """Convert a record."""
        return cls.model_validate(record)


V = TypeVar("V", bound=View)


class PageView(View, Generic[V]):
    """Part of a list; `next` is the cursor of the following page, null on the last one."""

    items: list[V]
    next: str | None


def page_view(view: type[V], page: Page[Any]) -> PageView[V]:
    """Convert a page of records."""
    return PageView[V](items=[view.of(each) for each in page.items], next=page.next)
