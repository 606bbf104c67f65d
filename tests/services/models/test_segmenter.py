"""Segment Anything from the Hub to a mask: fetched from a server on this machine, with real processing of points."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest
import torch
from transformers import SamImageProcessorPil, SamProcessor

from components.catalog.segment.picture import draw_example, read_picture
from components.catalog.segment.points import Point, cut, cut_out_png, look, mask_png
from components.models import integrity, loaders, store
from components.models.errors import CorruptFile, WrongTask
from components.models.registry import record, records
from components.models.sources import hub
from tests.services.models.loopback import Answer
from tests.unit.models import tiny_segmenter

ID = "facebook/sam-vit-base"
COMMIT = "c0ffee" * 6 + "beef"
POINTS = (Point(150, 330), Point(300, 300, inside=False))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sam")
    return tiny_segmenter.save(folder), folder


@pytest.fixture
def files(saved):
    return {path.name: path.read_bytes() for path in saved[1].iterdir()} | {"pytorch_model.bin": b"\x80\x04pickle"}


@pytest.fixture
def publish(site, monkeypatch):
    """Serve a repository as the Hub does, and fetch from there."""
    monkeypatch.setenv("HF_ENDPOINT", site.url)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub, "_PAUSE_S", 0.01)

    def sibling(name, content):
        git_name = hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()
        entry = {"rfilename": name, "size": len(content), "blobId": git_name}
        if name.endswith((".safetensors", ".bin")):
            entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        return entry

    def put(files):
        listing = {"id": ID, "modelId": ID, "sha": COMMIT, "siblings": [sibling(*item) for item in files.items()]}
        site.answers[f"/api/models/{ID}/revision/main"] = Answer(json.dumps(listing).encode(), kind="application/json")
        for name, content in files.items():
            site.answers[f"/{ID}/resolve/{COMMIT}/{name}"] = Answer(content)

    return put


@pytest.fixture
def fetch(watch):
    return lambda: store.fetch(record(ID), report=watch.report, checkpoint=watch.checkpoint)


def test_what_is_fetched_cuts_out_what_the_published_model_cuts_out(publish, files, fetch, saved):
    publish(files)
    folder = fetch()
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "preprocessor_config.json", "model.safetensors"} <= names
    assert "pytorch_model.bin" not in names
    picture = draw_example()
    loaded = loaders.load_segmenter(record(ID), folder)
    found = cut(loaded, picture, look(loaded, picture), POINTS)

    model, original = saved
    processor = SamProcessor(SamImageProcessorPil.from_pretrained(original))
    inputs = processor(
        picture.image,
        input_points=[[[[point.x, point.y] for point in POINTS]]],
        input_labels=[[[1, 0]]],
        return_tensors="pt",
    )
    with torch.inference_mode():
        answer = model(
            pixel_values=inputs["pixel_values"],
            input_points=inputs["input_points"].float(),
            input_labels=inputs["input_labels"],
        )
    [masks] = processor.post_process_masks(answer.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"])
    assert found.masks.shape == (3, picture.height, picture.width)
    assert found.masks.dtype == np.bool_
    assert 0 < found.masks.mean() < 1, "an empty or a full mask would show nothing"
    assert np.array_equal(found.masks, masks[0].numpy())
    assert found.scores == pytest.approx(answer.iou_scores[0, 0].tolist(), abs=1e-5)
    assert found.best == int(answer.iou_scores[0, 0].argmax())


def test_a_point_and_its_mark_change_the_mask(saved):
    picture = draw_example()
    loaded = loaders.load_segmenter(record(ID), saved[1])
    seen = look(loaded, picture)
    first = cut(loaded, picture, seen, (Point(150, 330),))
    elsewhere = cut(loaded, picture, seen, (Point(600, 100),))
    outside = cut(loaded, picture, seen, (Point(150, 330, inside=False),))
    assert not np.array_equal(first.masks, elsewhere.masks)
    assert not np.array_equal(first.masks, outside.masks)
    assert np.array_equal(first.masks, cut(loaded, picture, seen, (Point(150, 330),)).masks)


def test_the_saved_mask_is_the_mask_and_what_is_outside_becomes_transparent(saved):
    picture = draw_example()
    loaded = loaders.load_segmenter(record(ID), saved[1])
    mask = cut(loaded, picture, look(loaded, picture), POINTS).masks[0]
    assert np.array_equal(np.asarray(read_picture(mask_png(mask)).image)[..., 0] > 127, mask)
    kept = np.asarray(read_picture(cut_out_png(picture, mask)).image)
    assert (kept[~mask] == 255).all()
    assert np.array_equal(kept[mask], np.asarray(picture.image)[mask])


@pytest.mark.parametrize("points", [(), (Point(-1, 0),), (Point(0, 10_000),)])
def test_no_point_or_one_outside_the_picture_is_refused(saved, points):
    picture = draw_example()
    loaded = loaders.load_segmenter(record(ID), saved[1])
    with pytest.raises(ValueError, match="point"):
        cut(loaded, picture, look(loaded, picture), points)


def test_a_repository_without_its_preparation_is_refused(publish, files, fetch):
    del files["preprocessor_config.json"]
    publish(files)
    with pytest.raises(CorruptFile, match=r"preprocessor_config\.json"):
        fetch()


def test_a_preparation_that_is_no_json_is_a_corrupt_file(saved, tmp_path):
    for path in saved[1].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "preprocessor_config.json").write_text("[1, 2")
    with pytest.raises(CorruptFile, match=r"preprocessor_config\.json"):
        loaders.load_segmenter(record(ID), tmp_path)


def test_weights_that_changed_on_the_disk_are_refused(saved, tmp_path):
    folder = shutil.copytree(saved[1], tmp_path / "model")
    integrity.note_checksums(folder, checkpoint=lambda: None)
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(CorruptFile, match=r"model\.safetensors cannot be read: it is no longer what it was"):
        loaders.load_segmenter(record(ID), folder)


def test_a_model_of_text_is_no_segmenter():
    bert = record("classroom-bert")
    with pytest.raises(WrongTask):
        loaders.load_segmenter(bert, store.local_folder(bert))


def test_pages_that_read_text_do_not_offer_it():
    from components.tokenizer.link import COMPARE, MODEL

    segmenting = {model.id for model in records(tasks=["mask-generation"])}
    assert segmenting
    assert not segmenting & {model.id for model in MODEL.choices()}
    assert not segmenting & set(COMPARE.options)
    assert MODEL.problem(ID) is not None
