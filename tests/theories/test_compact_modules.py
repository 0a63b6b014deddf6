"""Generated modules of spins, indexed fields and long terms: force against autodiff, terms against the whole."""

from types import ModuleType

import pytest
from compiled import module
from theories.compact_theories import THEORIES
from theories.motion import check_force, check_local_actions, check_terms


@pytest.fixture(params=THEORIES, ids=str)
def built(request: pytest.FixtureRequest) -> ModuleType:
    return module(THEORIES[request.param])


def test_force_is_the_gradient(built: ModuleType) -> None:
    check_force(built.MODEL)


def test_terms_add_up_to_the_action(built: ModuleType) -> None:
    check_terms(built.MODEL)


def test_local_actions_follow_one_site(built: ModuleType) -> None:
    check_local_actions(built.MODEL)
