"""A visitor sees what happened and what to do; the operator of the dashboard sees everything."""

from __future__ import annotations

import logging
import re

from streamlit.testing.v1 import AppTest

from components.core.errors import VisitorError


class TooLongError(VisitorError):
    template = "The text has {chars} characters."
    advice = "Shorten it to {most}."


def page() -> None:
    import streamlit as st

    from components.core.errors import VisitorError
    from components.ui.errors import boundary

    class BrokenError(VisitorError):
        template = "No file {name}."
        advice = "Choose another."

    class DearError(VisitorError):
        template = "US$ {limit} a day; US$ {used} are spent."

    with boundary():
        match st.session_state.get("fault"):
            case "known":
                raise BrokenError(name="**x** [y](http://z)")
            case "dear":
                raise DearError(limit="1", used="$2")
            case "unknown":
                raise RuntimeError("the secret is 12345")
            case "stop":
                st.stop()
            case "rerun":
                st.session_state["fault"] = None
                st.rerun()
        st.markdown("the page")
    st.markdown("after the page")


def run(fault: str | None) -> AppTest:
    at = AppTest.from_function(page)
    at.session_state["fault"] = fault
    at.run()
    assert not at.exception
    return at


def test_a_page_that_works_is_left_alone():
    at = run(None)
    assert [element.value for element in at.markdown] == ["the page", "after the page"]
    assert not at.error


def test_a_known_fault_says_what_happened_and_what_to_do():
    [message] = run("known").error
    assert message.value.startswith("No file ")
    assert message.value.endswith("Choose another.")


def test_what_a_visitor_typed_is_not_formatted_in_the_message():
    [message] = run("known").error
    assert "**x**" not in message.value
    assert "](" not in message.value


def test_two_amounts_of_dollars_are_no_formula():
    at = run("dear")
    assert at.error[0].value == r"US\$ 1 a day; US\$ \$2 are spent."


def test_an_unknown_fault_shows_a_reference_and_nothing_else(caplog):
    with caplog.at_level(logging.ERROR):
        at = run("unknown")
    [message] = at.error
    assert "12345" not in message.value
    assert "Traceback" not in message.value
    [reference] = re.findall(r"reference ([0-9a-f]{8})", message.value)
    [record] = [record for record in caplog.records if record.exc_info]
    assert reference in record.getMessage()
    assert "the secret is 12345" in record.exc_text


def test_what_stands_outside_the_page_goes_on_after_a_fault():
    assert [element.value for element in run("unknown").markdown] == ["after the page"]


def test_streamlits_own_signals_pass_through():
    stopped = run("stop")
    assert not stopped.error
    assert not stopped.markdown
    again = run("rerun")
    assert not again.error
    assert [element.value for element in again.markdown] == ["the page", "after the page"]


def test_a_fault_reads_as_a_sentence_outside_the_page_too():
    error = TooLongError(chars=12, most=10)
    assert str(error) == "The text has 12 characters. Shorten it to 10."
    assert error.values == {"chars": 12, "most": 10}


def page_with_a_fragment() -> None:
    import streamlit as st

    from components.ui.errors import boundary

    @st.fragment
    def part() -> None:
        raise RuntimeError("the secret is 12345")

    with boundary():
        part()
    st.markdown("after the page")


def test_a_fragment_that_fails_is_told_once_with_a_reference(caplog):
    at = AppTest.from_function(page_with_a_fragment).run()
    [told] = at.error
    reference = re.search(r"reference (\w+)\.", told.value)[1]
    assert "12345" not in told.value
    assert caplog.text.count(f"reference {reference}") == 1
    assert at.markdown[0].value == "after the page"


def test_outside_the_boundary_it_is_told_the_same_way():
    def raising() -> None:
        from components.core.errors import VisitorError
        from components.ui.errors import show_outside_the_boundary

        class BrokenError(VisitorError):
            template = "No file {name}."

        assert show_outside_the_boundary(BrokenError(name="*x*"))
        assert show_outside_the_boundary(RuntimeError("the secret is 12345"))

    known, unknown = AppTest.from_function(raising).run().error
    assert known.value == "No file \\*x\\*."
    assert "12345" not in unknown.value


def test_an_engines_fault_says_under_which_id_the_log_has_it():
    def raising() -> None:
        from components.engines.errors import EngineFault
        from components.ui.errors import show

        fault = EngineFault(engine="it", reason="broken")
        fault.reference = "abcd1234"
        show(fault)

    assert "abcd1234" in AppTest.from_function(raising).run().error[0].value
