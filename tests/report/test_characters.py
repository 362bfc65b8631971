"""Text from the wire, for terminals and for XML."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from responder.report.characters import for_xml, harmless


def test_a_line_for_a_terminal() -> None:
    assert harmless("a\x1b[31m\n\u202eb\x9b é電", "·") == "a·[31m··b· é電"


def test_what_xml_cannot_carry_is_replaced() -> None:
    assert for_xml("\0a\x0b\ud800\ufffe\tb\u202ec") == "\ufffda\ufffd\ufffd\ufffd\tb\ufffdc"
    assert for_xml("one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


@given(st.text(st.characters(exclude_categories=())))
def test_xml_carries_any_text(text: str) -> None:
    element = ElementTree.Element("text")
    element.text = for_xml(text)
    read = ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8"))
    assert (read.text or "") == for_xml(text)
