"""A value that a widget cannot have sent is no value: the widget is as it was first drawn.

What a browser sends is a message that anybody can write. Streamlit hands each value to the widget's own code without
asking for its type, which then fails wherever the value is first read, before the page and its error boundary too, and
again at every later click of that session. The forger loses the value; the log has a line and no traceback.
"""

from __future__ import annotations

import json
import logging
import math
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from streamlit.runtime.state.session_state import Serialized, Value, WStates

from components.operations.log_limit import LogLimit

if TYPE_CHECKING:
    from streamlit.proto.WidgetStates_pb2 import WidgetState
    from streamlit.runtime.state.common import WidgetMetadata

# those of a component may come in another form than it is registered with
_OF_COMPONENTS: Final = frozenset({"json_value", "json_trigger_value", "bytes_value", "arrow_value"})

log = logging.getLogger(__name__)
log.addFilter(LogLimit())


def check_widget_values() -> None:
    """Have Streamlit take only values that fit their widget; done twice it is done once."""
    plain = WStates.__getitem__
    if hasattr(plain, "__wrapped__"):
        return

    @wraps(plain)
    def fitting(self: WStates, widget: str) -> object:
        sent, metadata = self.states.get(widget), self.widget_metadata.get(widget)
        if not isinstance(sent, Serialized) or metadata is None:
            return plain(self, widget)
        try:
            if _fits(sent.value, metadata):
                return plain(self, widget)
        except Exception:  # noqa: BLE001, S110 (whatever a widget's own code does with what it never sends)
            pass
        log.warning("a session sent a value that its widget %s cannot have", widget.rsplit("-", 1)[-1])
        self.states[widget] = Value(metadata.deserializer(None))
        return plain(self, widget)

    WStates.__getitem__ = fitting  # type: ignore[method-assign]


def _fits(sent: WidgetState, metadata: WidgetMetadata[Any]) -> bool:
    kind = sent.WhichOneof("value")
    if kind in ("double_value", "double_array_value"):
        numbers = sent.double_array_value.data if kind == "double_array_value" else [sent.double_value]
        if not all(map(math.isfinite, numbers)):
            return False
    if kind in ("json_value", "json_trigger_value"):
        json.loads(getattr(sent, kind))  # Streamlit would log the traceback of what this raises
    return kind is None or kind == metadata.value_type or metadata.value_type in _OF_COMPONENTS
