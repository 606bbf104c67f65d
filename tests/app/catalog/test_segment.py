"""Segment Anything on the page: points set, masks shown with the model's estimate, hostile files refused in words."""

from __future__ import annotations

import gc
import io

import pytest
from PIL import Image

from components.catalog.segment.picture import draw_example
from components.core.settings import settings
from components.models import cached, memory, store
from components.models.registry import record
from tests.app.catalog.aws import words
from tests.app.opening import faults
from tests.services.pictures import TINY_PNG
from tests.unit.models import tiny_segmenter

SAM = "facebook/sam-vit-base"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sam")
    tiny_segmenter.save(folder)
    return folder


@pytest.fixture
def fetched(weights, tmp_path, monkeypatch):
    """A deployment in which the model is on the machine: a tiny random one."""
    monkeypatch.setenv("DASHBOARD_CACHE_FOLDER", str(tmp_path))
    settings.cache_clear()
    folder = store.source_of(record(SAM)).folder
    folder.parent.mkdir(parents=True)
    folder.symlink_to(weights)
    cached.segmenter.clear()
    yield
    settings.cache_clear()
    cached.segmenter.clear()


def page(open_page, **link):
    at = open_page("catalog", view="segment", **link)
    assert faults(at) == []
    at.selectbox(key="catalog_segmenter").set_value(SAM).run()
    assert faults(at) == []
    return at


def set_point(at, x, y):
    at.number_input(key="catalog_segment_x_720").set_value(x)
    at.number_input(key="catalog_segment_y_480").set_value(y)
    at.button(key="catalog_segment_set").click().run()
    assert faults(at) == []


def masks(at) -> list[str]:
    return next((list(radio.options) for radio in at.radio if radio.label == "What did the click mean?"), [])


def test_where_the_model_is_not_here_it_says_how_it_could_be(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("DASHBOARD_CACHE_FOLDER", str(tmp_path))
    settings.cache_clear()
    at = page(open_page)
    set_point(at, 150, 330)
    assert "The model is not on this machine yet" in words(at)
    assert "DASHBOARD_DOWNLOADS" in words(at)
    assert masks(at) == []
    settings.cache_clear()


def test_it_is_listed_with_what_is_in_memory_and_an_open_page_does_not_keep_it(open_page, fetched):
    at = page(open_page)
    set_point(at, 150, 330)
    assert [held.kind for held in memory.holdings() if held.model == SAM] == ["segmenter"]
    memory.unload(SAM)
    gc.collect()
    assert [held for held in memory.holdings() if held.model == SAM] == []
    set_point(at, 150, 331)
    assert len(masks(at)) == 3


def test_a_point_gives_three_masks_with_the_models_estimate_and_files_to_keep(open_page, fetched):
    at = page(open_page)
    assert masks(at) == []
    set_point(at, 150, 330)
    first = masks(at)
    assert len(first) == 3
    assert all("IoU" in label and "% of the picture" in label for label in first)
    estimates = [float(label.split("IoU ")[1].split(",")[0]) for label in first]
    assert estimates == sorted(estimates, reverse=True)
    assert "points = [[[[150, 330]]]]" in words(at)
    at.segmented_control(key="catalog_segment_marks").set_value("other").run()
    set_point(at, 600, 100)
    assert masks(at) != first
    assert "labels = [[[1, 0]]]" in words(at)
    next(button for button in at.button if button.label == "Undo").click().run()
    assert masks(at) == first
    next(button for button in at.button if button.label == "Clear").click().run()
    assert masks(at) == []


def png(image):
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TINY_PNG, "Each side needs at least 16 pixels"),
        (b"GIF89a" + bytes(50), "not a picture that can be read here"),
        (png(Image.new("RGB", (3000, 20))), "at most 20 times the shorter one"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words_and_the_example_stays(open_page, content, said):
    at = open_page("catalog", view="segment")
    at.file_uploader(key="catalog_segment_picture").set_value(("picture.png", content, "image/png")).run()
    assert not at.exception
    assert any(said in element.value for element in at.error)
    assert at.number_input(key="catalog_segment_x_720").max == draw_example().width - 1


def test_points_belong_to_their_picture(open_page, fetched):
    at = page(open_page)
    set_point(at, 150, 330)
    photo = png(Image.new("RGB", (200, 100), "navy"))
    at.file_uploader(key="catalog_segment_picture").set_value(("picture.png", photo, "image/png")).run()
    assert faults(at) == []
    assert masks(at) == []
    assert at.number_input(key="catalog_segment_x_200").max == 199


def everything(open_page):
    at = page(open_page)
    at.segmented_control(key="catalog_segment_mode").set_value("everything").run()
    assert faults(at) == []
    return at


def pieces(at) -> list[str]:
    return next((list(box.options) for box in at.selectbox if box.key == "catalog_everything_piece"), [])


def saving(at) -> list[str]:
    return [button.label for button in at.download_button if "mask" in button.label]


def test_everything_is_cut_out_on_demand_and_each_piece_can_be_picked(open_page, fetched):
    tiny_segmenter.draw_discs(cached.segmenter(SAM).model)
    at = everything(open_page)
    assert pieces(at) == []
    at.select_slider(key="catalog_everything_points").set_value(8)
    at.slider(key="catalog_everything_iou").set_value(0.6)
    at.slider(key="catalog_everything_stability").set_value(0.9).run()
    at.button(key="catalog_everything_search").click().run()
    assert faults(at) == []
    first, *found = pieces(at)
    assert first == "All pieces"
    assert len(found) > 2
    assert [label.split(":")[0] for label in found] == [str(number) for number in range(1, len(found) + 1)]
    estimates = [float(label.split("IoU ")[1]) for label in found]
    assert estimates == sorted(estimates, reverse=True)
    assert min(estimates) >= 0.6
    assert f"{len(found)} are left" in words(at)
    assert "of 192 masks passed both thresholds" in words(at)
    assert len(at.dataframe[0].value) == len(found)
    assert saving(at) == []
    assert "points_per_crop=8," in words(at)
    at.selectbox(key="catalog_everything_piece").set_value(1).run()
    assert faults(at) == []
    assert saving(at) == ["Save the mask"]


def test_what_was_found_belongs_to_its_picture_and_its_thresholds(open_page, fetched):
    tiny_segmenter.draw_discs(cached.segmenter(SAM).model)
    at = everything(open_page)
    at.select_slider(key="catalog_everything_points").set_value(4)
    at.slider(key="catalog_everything_iou").set_value(0.0).run()
    at.button(key="catalog_everything_search").click().run()
    assert pieces(at)
    at.slider(key="catalog_everything_iou").set_value(1.0).run()
    assert pieces(at) == []
    at.button(key="catalog_everything_search").click().run()
    assert faults(at) == []
    assert "0 of 48 masks passed both thresholds" in words(at)
    assert "use a finer grid" in words(at)


def test_where_the_model_is_not_here_everything_says_so_too(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("DASHBOARD_CACHE_FOLDER", str(tmp_path))
    settings.cache_clear()
    at = everything(open_page)
    assert "Nothing can be cut out" in words(at)
    assert not [button for button in at.button if button.key == "catalog_everything_search"]
    settings.cache_clear()


def test_a_record_leads_to_it(open_page):
    at = open_page("catalog", model="sam")
    at.session_state["catalog_record"] = "Use it"
    at.run()
    at.button(key="try_segment").click().run()
    assert at.session_state["view"] == "segment"
    assert at.selectbox(key="catalog_segmenter").value == SAM
    assert faults(at) == []
