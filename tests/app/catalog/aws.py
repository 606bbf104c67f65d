"""What the tests of the catalog share: the calls that only list, and the words on a page."""

from __future__ import annotations

READING = {"ListFoundationModels", "ListInferenceProfiles", "ListHubContents", "ListEndpoints"}


def words(at) -> str:
    """Everything on the page that is text."""
    shown = [
        *at.title,
        *at.markdown,
        *at.caption,
        *at.info,
        *at.warning,
        *at.error,
        *at.code,
        *at.subheader,
        *at.header,
    ]
    return "\n".join(str(element.value) for element in shown)
