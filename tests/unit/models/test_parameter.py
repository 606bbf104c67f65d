"""The `model` of a page's link."""

from __future__ import annotations

import pytest

from components.models.parameter import ModelParameter

MASKED = ModelParameter("model", "classroom-bert", tasks=("fill-mask",))
ANY = ModelParameter("model", "classroom-gpt2")


def test_the_menu_has_the_registrys_models_for_the_pages_tasks():
    assert [model.id for model in MASKED.choices()][:2] == ["classroom-bert", "bert-base-uncased"]
    assert {"classroom-bert", "classroom-gpt2", "google/flan-t5-small"} <= {model.id for model in ANY.choices()}


@pytest.mark.parametrize("written", ["classroom-bert", "klue/bert-base"])
def test_an_id_of_the_menu_fits(written):
    assert MASKED.problem(written) is None
    assert MASKED.parse(written) == written


@pytest.mark.parametrize("written", ["classroom-gpt2", "nobody/no-model", "", "../..", "<script>", "\ud800"])
def test_an_id_that_does_not_fit_is_answered_with_those_that_do(written):
    problem = MASKED.problem(written)
    assert "classroom-bert" in problem
    assert "classroom-gpt2" not in problem


def test_a_hub_id_fits_where_the_deployment_allows_it(configure):
    configure(downloads="true", any_hub_id="true")
    assert MASKED.problem("someone/model") is None
    configure(downloads="true", any_hub_id="false")
    assert MASKED.problem("someone/model") is not None
