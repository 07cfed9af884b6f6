"""A protected environment is not destroyed by mistake, and one that is not protected is destroyed whole."""

import pytest

from tests.terraform.applied.conftest import Applied
from tests.terraform.applied.test_replacement import refused
from tests.terraform.hcl import protected_blocks

pytestmark = pytest.mark.timeout(900)

UNATTENDED = ("-auto-approve", "-input=false", "-no-color", "-refresh=false", "-lock=false")


def test_a_protected_environment_refuses_before_anything_is_deleted(protected: Applied) -> None:
    """`terraform destroy` stops at its plan and names what it must not delete; nothing is gone."""
    before = protected.state()
    done = protected.run(".", "destroy", *UNATTENDED, *protected.files)

    assert done.returncode == 1
    stopped = {each.partition("[")[0] for each in refused(done.stderr)}
    assert "google_firestore_database.orders" in stopped <= protected_blocks()
    assert protected.state() == before


def test_an_unprotected_environment_is_destroyed_by_the_script(unprotected: Applied) -> None:
    """Terraform alone refuses, the script destroys everything, and leaves no protection lifted behind it."""
    assert unprotected.run(".", "destroy", *UNATTENDED, *unprotected.files).returncode == 1
    before = {each.name for each in unprotected.folder.iterdir()}
    unprotected.script("destroy.sh", unprotected.environment, *UNATTENDED)

    assert unprotected.state() == []
    assert {each.name for each in unprotected.folder.iterdir()} - before <= {"terraform.tfstate.backup"}
