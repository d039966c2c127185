"""One file in a zip, and a limit that holds whatever the zip says."""

import io
import struct
import zipfile

import pytest

from trucewatch.errors import DeliveryError
from trucewatch.observe.readers.viina.unpack import is_zip, only_file


def packed(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return made.getvalue()


def refused(data: bytes, **given: int) -> str:
    with pytest.raises(DeliveryError) as caught:
        only_file(data, name="year.zip", **given)
    (problem,) = caught.value.problems
    assert problem.where == "year.zip"
    assert problem.to_do
    return problem.what


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_one_file_is_unpacked_whatever_its_name(method):
    data = packed(("../../etc/passwd", b"a,b\n1,2\n"), method=method)
    assert is_zip(data)
    assert only_file(data, name="year.zip") == b"a,b\n1,2\n"


def test_folders_and_what_a_mac_leaves_are_no_files():
    data = packed(("year/", b""), ("year/events.csv", b"a\n1\n"), ("__MACOSX/year/._events.csv", b"\x00"))
    assert only_file(data, name="year.zip") == b"a\n1\n"


@pytest.mark.parametrize("files", [(), (("a.csv", b"a"), ("b.csv", b"b"))])
def test_another_number_of_files_is_refused(files):
    assert f"{len(files)} files" in refused(packed(*files) if files else b"PK\x05\x06" + b"\x00" * 18)


def test_a_bomb_is_stopped_at_the_limit_and_not_believed_about_its_size():
    data = bytearray(packed(("bomb.csv", b"0" * (8 << 20))))
    assert "more than 4 MiB" in refused(bytes(data), most=4 << 20)
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 10)  # it says: 10 bytes
    assert refused(bytes(data), most=4 << 20)


def test_what_is_as_large_as_the_limit_is_read():
    assert len(only_file(packed(("a.csv", b"0" * (1 << 20))), name="year.zip", most=1 << 20)) == 1 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_cannot_be_stopped_is_refused(method):
    assert "packed in a way" in refused(packed(("a.csv", b"a\n1\n"), method=method))


def test_a_locked_zip_is_refused():
    data = bytearray(packed(("a.csv", b"a\n1\n")))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert "locked" in refused(bytes(data))


def test_a_zip_within_a_zip_is_refused():
    assert "within" in refused(packed(("a.zip", packed(("a.csv", b"a\n1\n")))))


@pytest.mark.parametrize("cut", [5, 30, 60, -30, -1])
def test_a_broken_zip_is_refused(cut):
    assert "broken" in refused(packed(("a.csv", b"a,b\n1,2\n" * 9))[:cut])


def test_a_changed_byte_is_noticed():
    data = bytearray(packed(("a.csv", b"a,b\n1,2\n" * 9), method=zipfile.ZIP_STORED))
    data[60] ^= 1
    assert "broken" in refused(bytes(data))
