"""Changes of a store, and what it holds."""

from shared.consumer.idempotency import Change, claim_id
from shared.consumer.ports import Store
from shared.domain.decision import Entity
from shared.domain.waiting_list import WaitingList

CLAIM = claim_id("contract", "QC-1")


def new(*entities: Entity) -> list[Change]:
    """Return the creation of entities."""
    return [Change(entity=entity, version=None) for entity in entities]


async def replacement(store: Store, entity: Entity) -> Change:
    """Return the change of an entity over the version that is stored now."""
    loaded = await store.load(CLAIM, [entity.ref])
    return Change(entity=entity, version=loaded.versions[entity.ref])


async def stored(store: Store, entity: Entity) -> Entity | WaitingList | None:
    """Return what is stored in an entity's place."""
    return (await store.load(CLAIM, [entity.ref])).state.get(entity.ref)
