import re
import shutil
from itertools import groupby

import pytest

from vae import library
from vae.recipes import RECIPES
from vae.training import runs

COMMITTED = sorted(path.stem for path in library.COMMITTED.glob("*.safetensors"))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_a_title_of_its_own_and_one_sentence(name):
    assert [recipe.title for recipe in RECIPES.values()].count(RECIPES[name].title) == 1
    assert re.fullmatch(r"[A-Z][^.]*\.", RECIPES[name].words)


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_checkpoint_is_told_of_in_the_words_of_its_recipe(name):
    told, known = library.tell(name), RECIPES[library.RENAMED.get(name) or name]
    assert told == (known.title, known.group, known.words)


def test_the_best_are_told_by_what_they_are_best_at():
    assert library.tell("mnist").title == "Best map"
    assert library.tell("mnist-exact").title == "Best likelihood"
    assert library.tell("dense-softplus").title == "Article 002: dense, softplus"


def test_a_run_of_ones_own_keeps_its_name(trained, runs_folder):
    shutil.copytree(trained.folder, runs_folder / "my-own")
    runs.Run(runs_folder / "my-own").write_state(phase="finished")
    assert "my-own" in library.checkpoints()
    assert library.tell("my-own") == ("my-own", "Trained here", "")


def test_checkpoints_come_group_by_group_the_default_first(trained, runs_folder):
    shutil.copytree(trained.folder, runs_folder / "my-own")
    names = list(library.checkpoints())
    groups = [group for group, _ in groupby(names, lambda name: library.tell(name).group)]
    assert names[0] == library.DEFAULT
    assert groups == ["Ours", "Articles", "Trained here"]


def test_where_nothing_is_committed_a_recipes_name_is_a_run_like_any_other(monkeypatch, tmp_path):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    assert library.tell("conv") == ("conv", "Trained here", "")
