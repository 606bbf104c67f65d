"""Everything in a picture, against transformers' own pipeline "mask-generation" with the same model.

torchvision, whose non-maximum suppression the pipeline calls, is not among what the dashboard needs; its definition
stands in for it, so what is compared is everything else: the grid, the batches, the filters, the masks, their order.
"""

from __future__ import annotations

import base64
import functools
import io
import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from transformers.models.sam import image_processing_pil_sam

from components.catalog.segment import everything, figures
from components.catalog.segment.everything import (
    MOST_MASKS,
    MOST_SHARED,
    Search,
    SearchSettings,
    Tried,
    Waiting,
    write_search_script,
)
from components.catalog.segment.picture import draw_example
from components.catalog.segment.points import look
from components.models import loaders
from components.models.registry import record
from tests.unit.catalog.plain_nms import plain_nms
from tests.unit.models import tiny_segmenter

ID = "facebook/sam-vit-base"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sam")
    tiny_segmenter.save(folder)
    found = loaders.load_segmenter(record(ID), folder)
    tiny_segmenter.draw_discs(found.model)
    return found


@pytest.fixture
def torchvision(monkeypatch):
    """The definition of non-maximum suppression in the place of torchvision."""

    def batched_nms(boxes, scores, idxs, iou_threshold):
        assert not idxs.any()
        return torch.tensor(plain_nms(boxes.tolist(), scores.tolist(), iou_threshold), dtype=torch.long)

    boxes = ModuleType("torchvision.ops.boxes")
    boxes.batched_nms = batched_nms
    for name, module in (("torchvision", None), ("torchvision.ops", None), ("torchvision.ops.boxes", boxes)):
        monkeypatch.setitem(sys.modules, name, module or ModuleType(name))
    monkeypatch.setattr(
        image_processing_pil_sam.SamImageProcessorPil,
        "post_process_for_mask_generation",
        lambda _self, *given: image_processing_pil_sam._post_process_for_mask_generation(*given),
    )


@pytest.fixture
def pipeline(torchvision, loaded):
    return transformers.pipeline(
        "mask-generation", model=loaded.model, image_processor=loaded.processor.image_processor
    )


SETTINGS = (SearchSettings(6, 0.3, 0.5), SearchSettings(8, 0.5, 0.9), SearchSettings(5, 0.0, 0.0))
STRICT, ALL = SETTINGS[1:]


@pytest.fixture(scope="module")
def whole(loaded):
    """What a search to its end finds, and its events: each is computed once."""
    return functools.cache(lambda settings: searched(loaded, settings))


def searched(loaded, settings, *, stop_after=None):
    picture = draw_example()
    run = Search(loaded, picture, look(loaded, picture), settings)
    events = run.go(lambda: None, session="a visitor")
    seen = []
    for event in events:
        seen.append(event)
        if len(seen) == stop_after:
            break
    events.close()
    return run.found(), seen


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_what_is_found_is_what_transformers_finds(whole, pipeline, settings):
    found, _events = whole(settings)
    expected = pipeline(
        draw_example().image,
        points_per_crop=settings.points_per_side,
        points_per_batch=8,
        pred_iou_thresh=settings.least_iou,
        stability_score_thresh=settings.least_stability,
        crops_nms_thresh=MOST_SHARED,
    )
    assert len(expected["masks"]) == found.distinct
    assert 2 <= found.distinct < found.good <= 3 * settings.points, "nothing was suppressed, so this shows little"
    shown = slice(MOST_MASKS)
    scores = [float(score) for score in expected["scores"]]
    assert [piece.score for piece in found.pieces] == pytest.approx(scores[shown], abs=1e-5)
    for piece, mask in zip(found.pieces, expected["masks"][shown], strict=True):
        assert np.count_nonzero(piece.mask != mask) <= 1, "one pixel may lie on the threshold itself"
        assert piece.share == pytest.approx(mask.mean(), abs=1e-5)


def test_each_threshold_takes_some_away(whole):
    [everything, sure, stable] = [
        whole(settings)[0].good for settings in (ALL, replace(ALL, least_iou=0.5), replace(ALL, least_stability=0.9))
    ]
    assert 0 < sure < everything
    assert 0 < stable < everything


def test_the_grid_that_is_drawn_is_the_one_that_is_asked_about(loaded):
    shown = draw_example()
    figure, alt = figures.draw_pieces(shown, SearchSettings(8), None, None)
    [drawn] = figure.data
    image = loaded.processor.image_processor
    _box, points, _crop, _label = image.generate_crop_boxes(shown.image, image.size["longest_edge"], points_per_crop=8)
    there = points[0, :, 0].numpy() * shown.width / image.size["longest_edge"]
    assert np.abs(np.array([drawn.x, drawn.y]).T - there).max() < 4, "480 is 42.7 of its 64 pixels, which become 43"
    assert "64 points" in alt


def test_a_click_on_the_picture_is_one_on_the_smallest_piece_there(whole):
    shown = draw_example()
    found, _events = whole(STRICT)
    figure, _alt = figures.draw_pieces(shown, found.settings, found, None)
    [grid] = figure.data
    assert grid.customdata
    for x, y, number in zip(grid.x, grid.y, grid.customdata, strict=True):
        there = [piece for piece in found.pieces if piece.mask[y, x]]
        assert found.pieces[number - 1].share == min(piece.share for piece in there)
    labels = [int(note.text) for note in figure.layout.annotations]
    assert set(labels) <= set(range(1, len(found.pieces) + 1))
    assert len({figures.colour(number) for number in range(MOST_MASKS)}) == MOST_MASKS


def test_a_picked_piece_stands_alone(whole):
    shown = draw_example()
    found, _events = whole(STRICT)
    figure, alt = figures.draw_pieces(shown, found.settings, found, 1)
    [grid] = figure.data
    assert [note.text for note in figure.layout.annotations] == ["2"]
    assert "Piece 2" in alt
    assert len(set(grid.customdata)) > 2, "the others can still be clicked"
    painted = Image.open(io.BytesIO(base64.b64decode(figure.layout.images[0].source.partition(",")[2])))
    greys = np.asarray(painted.convert("HSV"))[..., 1]
    assert greys[found.pieces[1].mask].mean() > 1.2 * greys[~found.pieces[1].mask].mean()


def test_progress_is_told_and_what_was_found_before_a_stop_is_kept(loaded, whole):
    found, events = whole(ALL)
    assert [event.points for event in events] == [8, 16, 24, 25]
    assert not found.was_stopped
    part, events = searched(loaded, ALL, stop_after=2)
    assert events[-1] == Tried(16, 25)
    assert part.was_stopped
    assert (part.tried, 0 < part.good < found.good) == (16, True)


def test_what_a_checkpoint_raises_ends_it_and_frees_the_place(loaded):
    def leave():
        raise KeyboardInterrupt

    picture = draw_example()
    run = Search(loaded, picture, look(loaded, picture), SearchSettings(4))
    with pytest.raises(KeyboardInterrupt):
        list(run.go(leave, session="a visitor"))
    assert run.found() is None
    assert everything.QUEUE.seated == 0


def test_a_second_visitor_waits(loaded):
    picture = draw_example()
    seen = look(loaded, picture)
    first = Search(loaded, picture, seen, SearchSettings(4, 0.0, 0.0)).go(lambda: None, session="one")
    second = Search(loaded, picture, seen, SearchSettings(4, 0.0, 0.0)).go(lambda: None, session="two")
    assert next(first) == Tried(8, 16)
    assert next(second) == Waiting(1)
    first.close()
    assert next(second) == Tried(8, 16)
    second.close()


def test_no_more_masks_are_kept_than_are_shown(loaded, monkeypatch):
    monkeypatch.setattr(everything, "MOST_MASKS", 3)
    found, _events = searched(loaded, ALL)
    assert len(found.pieces) == 3
    assert found.distinct > 3
    scores = [piece.score for piece in found.pieces]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.usefixtures("torchvision")
def test_the_code_to_take_home_finds_the_same(tmp_path, monkeypatch, capsys):
    tiny_segmenter.save(tmp_path / "model")
    settings = SearchSettings(4, -5.0, 0.0)
    found, _events = searched(loaders.load_segmenter(record(ID), tmp_path / "model"), settings)
    draw_example().image.save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    exec(compile(write_search_script(replace(record(ID), id="model"), settings), "script.py", "exec"), {})
    lines = [
        f"{number}: {piece.share:.1%} of the picture, predicted IoU {piece.score:.2f}"
        for number, piece in enumerate(found.pieces, start=1)
    ]
    assert lines
    assert capsys.readouterr().out.splitlines() == lines
    for number, piece in enumerate(found.pieces, start=1):
        assert np.array_equal(np.asarray(Image.open(f"mask-{number}.png")), piece.mask)
