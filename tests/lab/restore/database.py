"""Export, delete and import all documents, by the means of Firestore's emulator."""

from pathlib import Path

import aiohttp


class Database:
    """The default database of a project on the emulator at "host:port".

    The emulator imports into the default database only. Production restores under another name, which the
    functions read from `FIRESTORE_DATABASE`.
    """

    def __init__(self, host: str, project: str) -> None:
        self._project = f"http://{host}/emulator/v1/projects/{project}"
        self._name = f"projects/{project}/databases/(default)"

    async def export_to(self, folder: Path) -> Path:
        """Export all documents as of now into an empty folder; return the file to import."""
        await self._post("export", folder)
        (file,) = folder.rglob("*.overall_export_metadata")  # noqa: ASYNC240 - nothing else runs in the drill
        return file

    async def import_from(self, file: Path) -> None:
        """Import an export."""
        await self._post("import", file)

    async def delete_all(self) -> None:
        """Delete every document."""
        url = f"{self._project}/databases/(default)/documents"
        async with aiohttp.ClientSession(raise_for_status=True) as http, http.delete(url):
            pass

    async def _post(self, verb: str, place: Path) -> None:
        body = {"database": self._name, "export_directory": str(place)}
        async with (
            aiohttp.ClientSession(raise_for_status=True) as http,
            http.post(f"{self._project}:{verb}", json=body),
        ):
            pass
