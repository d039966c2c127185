import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.errors import UsageError
from trucewatch.simulate.draws import pick, stream


def test_a_purpose_has_its_own_numbers() -> None:
    a, b = (stream(3, purpose).random(1000) for purpose in ("events/shelling", "events/burst"))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.1


def test_a_seed_has_its_own_numbers() -> None:
    assert stream(3, "x").random() != stream(4, "x").random()


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_what_is_not_a_seed(seed: int) -> None:
    with pytest.raises(UsageError, match="seed"):
        stream(seed, "x")


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 10), min_size=1))
def test_picks_keys_in_their_shares(weights: dict[str, float]) -> None:
    picked = pick(stream(1, "x"), weights, 4000)
    assert set(picked) <= set(weights)
    total = sum(weights.values())
    for key, weight in weights.items():
        share = weight / total
        assert abs((picked == key).mean() - share) <= 5 * np.sqrt(share * (1 - share) / 4000)
