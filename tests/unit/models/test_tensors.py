"""Reading safetensors without torch, against the safetensors library with torch."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save, save_file

from components.models.errors import CorruptFile
from components.models.tensors import stored_tensors

FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@pytest.fixture
def table():
    return torch.randn(7, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("dtype", FLOATS)
def test_every_float_type_reads_as_torch_reads_it(tmp_path, table, dtype):
    save_file({"first": torch.zeros(3), "table": table.to(dtype)}, tmp_path / "model.safetensors")
    read = stored_tensors(tmp_path)["table"].read()
    assert read.dtype == np.float32
    assert np.array_equal(read, table.to(dtype).float().numpy())


def test_bfloat16_reads_exactly_for_every_bit_pattern(tmp_path):
    every = torch.arange(-(2**15), 2**15, dtype=torch.int16).view(torch.bfloat16)
    save_file({"every": every}, tmp_path / "model.safetensors")
    read = stored_tensors(tmp_path)["every"].read()
    assert np.array_equal(read, every.float().numpy(), equal_nan=True)


@pytest.mark.parametrize("dtype", FLOATS)
def test_rows_are_those_of_the_table_in_the_order_asked_for(tmp_path, table, dtype):
    save_file({"table": table.to(dtype)}, tmp_path / "model.safetensors")
    stored = stored_tensors(tmp_path)["table"]
    assert np.array_equal(stored.rows([6, 0, 0, 3]), stored.read()[[6, 0, 0, 3]])
    assert stored.rows([]).shape == (0, 5)


@pytest.mark.parametrize("rows", [[7], [-1], [0, 99]])
def test_a_row_that_is_not_there_is_an_error_and_no_other_row(tmp_path, table, rows):
    save_file({"table": table}, tmp_path / "model.safetensors")
    with pytest.raises(IndexError, match="rows 0 to 6"):
        stored_tensors(tmp_path)["table"].rows(rows)


def test_shards_are_read_as_one_model(tmp_path, table):
    save_file({"a": table}, tmp_path / "model-00001-of-00002.safetensors")
    save_file({"b": table + 1}, tmp_path / "model-00002-of-00002.safetensors")
    weight_map = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    tensors = stored_tensors(tmp_path)
    assert np.array_equal(tensors["b"].read() - 1, (table + 1).numpy() - 1)
    assert set(tensors) == {"a", "b"}


@pytest.mark.parametrize("index", ['{"weight_map": {"a": "../elsewhere.safetensors"}}', "{}", "[", '{"weight_map": 3}'])
def test_a_shard_index_that_leads_elsewhere_or_nowhere_is_refused(tmp_path, table, index):
    save_file({"a": table}, tmp_path.parent / "elsewhere.safetensors")
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(CorruptFile, match="index"):
        stored_tensors(tmp_path)


def test_a_folder_without_weights_is_said_to_be_so(tmp_path):
    with pytest.raises(CorruptFile, match=r"model\.safetensors"):
        stored_tensors(tmp_path)


def test_whole_numbers_are_not_taken_for_floats(tmp_path):
    save_file({"positions": torch.arange(4)}, tmp_path / "model.safetensors")
    with pytest.raises(CorruptFile, match="stored as I64"):
        stored_tensors(tmp_path)["positions"].read()


@settings(max_examples=60)
@given(st.integers(min_value=0, max_value=299))
def test_a_file_cut_short_anywhere_is_refused(tmp_path_factory, length):
    folder = tmp_path_factory.mktemp("cut")
    whole = save({"table": torch.arange(50, dtype=torch.float32).reshape(10, 5)})
    (folder / "model.safetensors").write_bytes(whole[: min(length, len(whole) - 1)])
    with pytest.raises(CorruptFile):
        stored_tensors(folder)


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    )
)
def test_a_header_of_any_json_is_refused_or_describes_nothing_outside_the_file(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("header")
    header = json.dumps({"t": content} if not isinstance(content, dict) else content).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 16)
    try:
        tensors = stored_tensors(folder)
    except CorruptFile:
        return
    assert all(tensor.offset_bytes <= 8 + len(header) + 16 for tensor in tensors.values())


def test_a_header_that_points_beyond_its_file_is_refused(tmp_path):
    header = json.dumps({"t": {"dtype": "F32", "shape": [100], "data_offsets": [0, 400]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 16)
    with pytest.raises(CorruptFile, match="may be cut short"):
        stored_tensors(tmp_path)
