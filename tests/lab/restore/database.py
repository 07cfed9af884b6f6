"""Export, delete, import and copy all documents, on Firestore's emulator."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import grpc.aio
from google.cloud.firestore_v1.types import firestore, query, write

from shared.gcp.firestore.rpc import EMULATOR_OWNER, SERVICE

DEFAULT = "(default)"
WRITES = 200
"""Documents of one commit: far below the emulator's 4 MiB, because the drill's documents are small."""


class Database:
    """The databases of a project on the emulator at "host:port"."""

    def __init__(self, host: str, project: str) -> None:
        self._host = host
        self._project = f"projects/{project}"

    async def export_to(self, folder: Path) -> Path:
        """Export the default database as of now into an empty folder; return the file to import."""
        await self._post("export", folder)
        (file,) = folder.rglob("*.overall_export_metadata")  # noqa: ASYNC240 - a moment's look at one folder
        return file

    async def delete_all(self) -> None:
        """Delete every document of the default database."""
        url = f"http://{self._host}/emulator/v1/{self._project}/databases/{DEFAULT}/documents"
        async with aiohttp.ClientSession(raise_for_status=True) as http, http.delete(url):
            pass

    async def restore(self, file: Path, name: str) -> int:
        """Import an export into a named database, and empty the default one; return the number of documents.

        The emulator imports into the default database only, so the documents are copied from there.
        """
        await self.delete_all()
        await self._post("import", file)
        channel = grpc.aio.insecure_channel(self._host, options=[("grpc.max_receive_message_length", -1)])
        async with channel:
            copied = 0
            batch: list[Any] = []
            async for document in self._documents(channel):
                document.name = document.name.replace(f"/databases/{DEFAULT}/", f"/databases/{name}/", 1)
                batch.append(write.Write(update=document))
                if len(batch) == WRITES:
                    copied += await self._commit(channel, name, batch)
                    batch = []
            copied += await self._commit(channel, name, batch)
        await self.delete_all()
        return copied

    async def _documents(self, channel: grpc.aio.Channel) -> AsyncIterator[Any]:
        """Yield every document of the default database, of every collection."""
        everything = query.StructuredQuery(
            from_=[query.StructuredQuery.CollectionSelector(all_descendants=True)]
        )
        run = channel.unary_stream(
            SERVICE + "RunQuery",
            request_serializer=firestore.RunQueryRequest.serialize,
            response_deserializer=firestore.RunQueryResponse.deserialize,
        )
        parent = f"{self._project}/databases/{DEFAULT}/documents"
        request = firestore.RunQueryRequest(parent=parent, structured_query=everything)
        async for response in run(request, timeout=300, metadata=EMULATOR_OWNER):
            if response.document.name:
                yield response.document

    async def _commit(self, channel: grpc.aio.Channel, name: str, writes: list[Any]) -> int:
        commit = channel.unary_unary(
            SERVICE + "Commit",
            request_serializer=firestore.CommitRequest.serialize,
            response_deserializer=firestore.CommitResponse.deserialize,
        )
        request = firestore.CommitRequest(database=f"{self._project}/databases/{name}", writes=writes)
        await commit(request, timeout=60, metadata=EMULATOR_OWNER)
        return len(writes)

    async def _post(self, verb: str, place: Path) -> None:
        body = {"database": f"{self._project}/databases/{DEFAULT}", "export_directory": str(place)}
        async with (
            aiohttp.ClientSession(raise_for_status=True) as http,
            http.post(f"http://{self._host}/emulator/v1/{self._project}:{verb}", json=body),
        ):
            pass
