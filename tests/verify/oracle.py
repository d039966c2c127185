"""The rule of two people a second time, from its words and as simply as can be: lists that are searched from the beginning.

It shares nothing with `trucewatch.verify` but the form of an entry. `Oracle.takes` says whether an entry may be the next one;
`in_force` what holds after the entries taken so far. It is slow, and so simple that a person can check it against the text.
"""

import functools
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WORDS = ("confirmed", "rejected", "corrected", "withdrawn", "same", "different")
WHO_PROPOSES = {word: {"analyst", "verifier"} for word in WORDS} | {
    "correction": {"analyst", "verifier", "releaser"}, "redaction": {"verifier", "releaser", "safeguard"},
    "release": {"releaser"}, "key_added": {"keeper"}, "rules": {"keeper"},
}  # fmt: skip
WHO_APPROVES = {word: {"verifier"} for word in WORDS} | {
    "correction": {"verifier", "releaser"}, "redaction": {"releaser", "safeguard"}, "release": {"releaser"},
    "key_added": {"keeper", "safeguard"}, "rules": {"keeper", "safeguard"},
}  # fmt: skip
WHO_DELIVERS = {"observer", "analyst", "liaison", "keeper"}
WHO_SAYS_ALONE = {"analyst", "verifier", "releaser", "safeguard"}


def name_of(body):
    return " ".join(body["name"].lower().split())


def subject(entry):
    body, word = entry.body, what(entry)
    return (
        word in ("same", "different"),
        sorted(body["observations"]) if word in ("same", "different") else body["subject"],
    )


def what(entry):
    return entry.body["decision"] if entry.kind == "decision" else entry.kind


class Oracle:
    """The entries taken so far, in order, and the judgement of the next."""

    def __init__(self, origin):
        self.origin, self.entries = origin, []
        self.began = {}  # act: the number of the entry with which it came into force
        self.known = ((0, 0), {})  # what `added` found last, as it is asked for at every turn
        self.ended = {}  # act: why it holds no more, and by which act

    # -- what the entries say, found by looking through all of them

    def numbered(self, kind):
        return [(n, entry) for n, entry in enumerate(self.entries) if entry.kind == kind]

    def added(self):
        """Return the body of every key that is in force, by the key's id, the founder's first."""
        if self.known[0] == (len(self.entries), len(self.began)):
            return self.known[1]
        held = {}
        for n, entry in self.numbered("key_added"):
            if n == 0 or self.since(entry) is not None:
                held.setdefault(self.key_in(entry), (n if n == 0 else self.since(entry), entry.body))
        bodies = {key: body for key, (_, body) in sorted(held.items(), key=lambda item: item[1][0])}
        self.known = ((len(self.entries), len(self.began)), bodies)
        return bodies

    @staticmethod
    @functools.cache
    def hashed(public_key):
        return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:32]

    def key_in(self, entry):
        return self.hashed(entry.body["public_key"])

    def roles(self, key):
        body = self.added()[key]
        return set(body["roles"]) | ({"keeper"} if key == self.entries[0].author else set())

    def is_founding(self):
        """Whether nobody of a second state may approve keys, by the entries so far."""
        states = {
            body["state"]
            for key, body in self.added().items()
            if body["state"] and self.roles(key) & {"keeper", "safeguard"}
        }
        return len(states) < 2

    def rules(self):
        """Return the settings, parties and clauses in force: those of the rules that came into force last."""
        held = [(self.since(entry), entry.body) for _, entry in self.numbered("rules") if self.since(entry) is not None]
        last = max(held, key=lambda pair: pair[0], default=(0, {"settings": {}, "parties": [], "clauses": []}))[1]
        return last["settings"], last["parties"], last["clauses"]

    def since(self, entry):
        """Return the number of the entry with which an act came into force first; None while it has not."""
        return self.began.get(entry.entry_id)

    # -- the judgement

    def takes(self, entry):
        """Say whether an entry may be the next one; if so it is taken."""
        may = self.may(entry)
        if may:
            self.take(entry)
        return may

    def may(self, entry):
        if not self.entries:
            return entry.kind == "key_added" and self.key_in(entry) == entry.author
        people = self.added()
        if entry.author not in people or any(old.entry_id == entry.entry_id for old in self.entries):
            return False
        if any(old.body["key"] == entry.author for _, old in self.numbered("key_revoked")):
            return False
        if not self.is_signed(entry, people[entry.author]["public_key"]):
            return False
        roles, kind = self.roles(entry.author), entry.kind
        if kind == "delivery":
            return bool(roles & WHO_DELIVERS)
        if kind == "key_revoked":
            return self.may_revoke(entry, roles)
        if kind == "approval":
            return self.may_approve(entry, roles)
        if what(entry) in ("unsure", "safety_warning"):
            changes = {"replaces", "overrules"} & set(entry.body)
            return (
                not changes and len(entry.body["reason"]) >= 10 and self.knows(entry) and bool(roles & WHO_SAYS_ALONE)
            )
        return self.may_propose(entry, roles)

    def is_signed(self, entry, public_key):
        signed = b"trucewatch entry v1\n" + self.origin.encode() + b"\n"
        data = entry.data[: entry.data.rindex(b',"signature"')] + b"}"
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(entry.signature, signed + data)
        except InvalidSignature:
            return False
        return True

    def may_revoke(self, entry, roles):
        revoked = {old.body["key"] for _, old in self.numbered("key_revoked")}
        key = entry.body["key"]
        return (
            len(entry.body["reason"]) >= 10 and key in self.added() and key not in revoked
            and (key == entry.author or "keeper" in roles)
        )  # fmt: skip

    def knows(self, entry):
        delivered = {old.body["delivery_id"] for _, old in self.numbered("delivery")}
        return set(entry.body["rests_on"]) <= delivered

    def find(self, entry_id):
        return next((old for old in self.entries if old.entry_id == entry_id and what(old) in WHO_PROPOSES), None)

    def may_propose(self, entry, roles):
        body, word = entry.body, what(entry)
        if not roles & WHO_PROPOSES[word]:
            return False
        if word not in ("release", "key_added") and len(body["reason"]) < 10:
            return False
        if word == "key_added":
            return self.key_in(entry) not in self.added()
        if word == "correction" and not any(old.entry_id == body["of"] for old in self.entries):
            return False
        if entry.kind == "decision":
            if not body["rests_on"] or not self.knows(entry):
                return False
            for name in body.get("overrules", ()):
                old = self.find(name)
                if old is None or old.kind != "decision" or not self.holds(name) or subject(old) != subject(entry):
                    return False
        return self.is_independent(entry.author, entry) and self.may_edit(entry)

    def may_edit(self, entry):
        if "replaces" not in entry.body:
            return True
        old = self.find(entry.body["replaces"])
        if old is None or old.kind != entry.kind or old.author != entry.author or old.entry_id in self.ended:
            return False
        if entry.kind == "decision" and subject(old) != subject(entry):
            return False
        if entry.kind in ("correction", "redaction") and [old.body.get(k) for k in ("of", "subject")] != [
            entry.body.get(k) for k in ("of", "subject")
        ]:
            return False
        return entry.kind in ("decision", "correction") or self.since(old) is None

    def is_independent(self, key, act):
        """Whether a person has nothing to do with whom an act concerns, nor signed what it rests on."""
        if what(act) in ("key_added", "rules"):
            return True
        person, (settings, parties, _) = self.added()[key], self.rules()
        if not settings.get("concerned_allowed"):
            names, states = set(parties), set()
            for each in settings.get("concerned", ()):
                on = act.body.get("clauses")
                if each["clauses"] is None or not on or set(on) & set(each["clauses"]):
                    names.add(each["name"])
                    states |= set(each["states"])
            if names & set(person["conflicts"]) or states & {person["state"], *person.get("nationalities", ())}:
                return False
        if not settings.get("own_delivery_allowed"):
            rests = list(act.body.get("rests_on", ()))
            if act.kind == "correction":
                of = self.find(act.body["of"])
                rests += list(of.body.get("rests_on", ())) if of else []
            for _, old in self.numbered("delivery"):
                mine = name_of(self.added()[old.author]) == name_of(person)
                if mine and old.body["delivery_id"] in rests:
                    return False
        return True

    def may_approve(self, entry, roles):
        act = self.find(entry.body["of"])
        if act is None:
            return False
        one, other, word = self.added()[act.author], self.added()[entry.author], what(act)
        if name_of(one) == name_of(other):
            return False
        for _, old in self.numbered("approval"):
            if old.body["of"] == entry.body["of"] and name_of(self.added()[old.author]) == name_of(other):
                return False
        if entry.body["decision"] == "refused":
            vetoes = word == "release" and "safeguard" in roles
            return len(entry.body["reason"]) >= 10 and (vetoes or bool(roles & WHO_APPROVES[word]))
        if not roles & WHO_APPROVES[word] or self.ended.get(act.entry_id, ("",))[0] in ("edited", "vetoed"):
            return False
        settings = self.rules()[0]
        same_state = settings.get("same_state_allowed", False)
        if self.is_founding() and not same_state:
            return False
        of_two_states = one["state"] and other["state"] and one["state"] != other["state"]
        if not of_two_states and (word in ("key_added", "rules") or not same_state):
            return False
        return self.is_independent(act.author, act) and self.is_independent(entry.author, act)

    # -- what an entry brings about

    def holds(self, name):
        return name in self.began and name not in self.ended

    def take(self, entry):
        founding = bool(self.entries) and self.is_founding()
        alone = self.rules()[0].get("alone", ()) if self.entries else ()
        self.entries.append(entry)
        number, word = len(self.entries) - 1, what(entry)
        if entry.kind == "approval":
            act, roles = self.find(entry.body["of"]), self.roles(entry.author)
            if entry.body["decision"] == "approved":
                self.begin(act, number)
            elif what(act) == "release" and "safeguard" in roles:
                self.ended[act.entry_id] = ("vetoed", entry.entry_id)
        elif word in WHO_PROPOSES and number > 0:
            if "replaces" in entry.body:
                self.edit(self.find(entry.body["replaces"]))
            if founding if word in ("key_added", "rules") else word in alone:
                self.begin(entry, number)

    def edit(self, old):
        """Void what was edited, unless a release came into force after it; what it had overruled holds again."""
        released = [self.began[e.entry_id] for _, e in self.numbered("release") if e.entry_id in self.began]
        if self.since(old) is not None and any(at > self.since(old) for at in released):
            return
        self.ended[old.entry_id] = ("edited", "")
        if old.entry_id in self.began:
            for name in [*old.body.get("overrules", ()), old.body.get("replaces")]:
                if self.ended.get(name) == ("overruled", old.entry_id):
                    del self.ended[name]

    def begin(self, act, number):
        if act.entry_id in self.began:
            return
        self.began[act.entry_id] = number
        ends = [*act.body.get("overrules", ()), act.body.get("replaces")]
        for name in ends:
            if act.kind in ("decision", "correction") and name is not None and self.holds(name):
                self.ended[name] = ("overruled", act.entry_id)

    def in_force(self):
        """Return the ids of all acts of two people that hold."""
        return {name for name in self.began if name not in self.ended}
