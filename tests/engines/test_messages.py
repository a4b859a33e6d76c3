from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.messages import LENGTHS, Malformed, receive, send


@given(
    st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5)),
    st.binary(max_size=300_000),
)
def test_what_is_sent_arrives(header: dict[str, object], payload: bytes) -> None:
    there, here = os.pipe()
    try:
        thread = threading.Thread(target=send, args=(here, header, payload))
        thread.start()
        assert receive(there) == (header, payload)
        thread.join()
    finally:
        os.close(there)
        os.close(here)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"", EOFError),
        (b"\0\0", EOFError),
        (LENGTHS.pack(5, 0) + b"{}", EOFError),
        (LENGTHS.pack(2, 9) + b"{}", EOFError),
        (LENGTHS.pack(2, 0) + b"[]", Malformed),
        (LENGTHS.pack(2, 0) + b"{x", Malformed),
        (LENGTHS.pack(2, 0) + b"\xff\xfe", Malformed),
        (LENGTHS.pack(2**31, 0), Malformed),
        (LENGTHS.pack(2, 2**60), Malformed),
    ],
)
def test_what_is_no_message_is_refused(sent: bytes, error: type[Exception]) -> None:
    there, here = os.pipe()
    os.write(here, sent)
    os.close(here)
    try:
        with pytest.raises(error):
            receive(there)
    finally:
        os.close(there)
