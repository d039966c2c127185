"""`remarks`: one row is what an officer says of a report, signed."""

import dataframely as dy

from trucewatch.tables import columns as c


class Remarks(dy.Schema):
    """The signed words of a person. The machine shows them and says whether the signature holds; it changes nothing."""

    remark_id = dy.String(primary_key=True, min_length=1, description="hash of what was signed, hexadecimal")
    author = dy.String(min_length=1, description="the name that the author gives")
    key_id = dy.String(
        min_length=32, max_length=32, description="first 32 hex of the SHA-256 of the author's public key"
    )
    at_utc = c.instant("when it was written, as its author told it")
    day = dy.Date(description="the mission day of the report that it belongs to")
    language = dy.String(min_length=2, max_length=2, description="its language, two letters")
    text = dy.String(min_length=1, description="the exact words")
    signature = dy.String(description="the Ed25519 signature, hexadecimal")
    signature_holds = dy.Bool(description="whether the signature was verified against the key")
    audience = c.code("the widest audience that may see it; without one, internal", c.AUDIENCES, nullable=True)
