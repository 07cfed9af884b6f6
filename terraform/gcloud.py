"""Calls of gcloud by the scripts of this folder."""

import json
import subprocess
from typing import Any


def run_gcloud(project: str, *words: str) -> Any:
    """Run a command in a project; return its answer, None where it has none."""
    command = ["gcloud", *words, f"--project={project}", "--format=json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout or "null")
