"""The reader behind the architecture tests sees the imports it is asked about."""

from pathlib import PurePosixPath

from tests.unit.source_tree import Module, modules


def read(text: str) -> Module:
    return Module(PurePosixPath("x.py"), text)


def test_imports_inside_functions_count_but_are_not_eager():
    module = read("import json\ndef f():\n    from torch.nn import Linear\n")
    assert module.imports_package("torch")
    assert module.eager_imports == {"json"}


def test_what_only_a_type_checker_imports_does_not_count():
    module = read("if TYPE_CHECKING:\n    import torch\nelse:\n    import json\n")
    assert module.imports == {"json"}


def test_a_name_that_merely_starts_alike_is_another_package():
    assert not read("import torchvision").imports_package("torch")


def test_a_module_is_seen_however_it_is_imported():
    for line in ("import components.a.view", "from components.a import view", "from components.a.view import page"):
        assert "components.a.view" in read(line).imports


def test_the_embedded_models_are_no_part_of_the_app():
    assert not [module for module in modules() if "bundled" in module.path.parts]
