"""What must not be destroyed by mistake, and the script that lifts that where an environment allows it."""

import re
import shutil
from pathlib import Path

import pytest

from tests.terraform.hcl import FOLDER, protected_blocks
from tests.terraform.programs import Programs

SCRIPT = "destroy.sh"


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """Return a folder with the script and the environments' values."""
    shutil.copytree(FOLDER / "environments", tmp_path / "environments")
    shutil.copy(FOLDER / SCRIPT, tmp_path / SCRIPT)
    return tmp_path


@pytest.fixture
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """Return a stand-in for Terraform."""
    return Programs(tmp_path_factory.mktemp("programs"), "terraform")


def test_what_holds_messages_orders_or_keys_is_protected() -> None:
    """No plan may destroy these, and the script knows all of them."""
    script = (FOLDER / SCRIPT).read_text()
    assert protected_blocks() == {
        "google_firestore_database.orders",
        "google_kms_crypto_key.keyset",
        "google_pubsub_subscription.subscription",
        "google_pubsub_topic.topic",
        "google_secret_manager_secret.keyset",
    }
    assert set(re.findall(r"google_\w+\.\w+", script)) == protected_blocks()


def test_a_protected_environment_is_refused(deployment: Path, programs: Programs) -> None:
    """The script says what to do first, and runs nothing."""
    done = programs.run(deployment / SCRIPT, "prod")
    assert done.returncode == 1
    assert "prod is protected. Set deletion_protection = false" in done.stderr
    assert programs.calls == []


def test_an_unknown_environment_is_refused(deployment: Path, programs: Programs) -> None:
    """A misspelt name destroys nothing."""
    done = programs.run(deployment / SCRIPT, "deev")
    assert done.returncode == 2
    assert "there is no terraform/environments/deev.tfvars" in done.stderr
    assert programs.calls == []


def test_another_environment_s_state_is_never_destroyed(deployment: Path, programs: Programs) -> None:
    """If the environment's own state cannot be opened, the script stops: the last one may be production's."""
    programs.answer("init", code=1)
    done = programs.run(deployment / SCRIPT, "dev")
    assert done.returncode == 1
    assert not [each for each in programs.calls if "destroy" in each]
    assert not list(deployment.glob("*.tf"))


def test_an_unprotected_environment_is_destroyed_once(deployment: Path, programs: Programs) -> None:
    """Terraform gets the environment's values, and the protection is back whatever it answers."""
    programs.answer("destroy", code=1)
    done = programs.run(deployment / SCRIPT, "dev", "-auto-approve")
    assert done.returncode == 1
    assert programs.calls == [
        "terraform init -reconfigure -backend-config=environments/dev.gcs.tfbackend",
        "terraform destroy -var-file=environments/dev.tfvars -auto-approve",
    ]
    assert "up to two hours. Run this again then." in done.stderr
    assert not list(deployment.glob("*.tf"))
