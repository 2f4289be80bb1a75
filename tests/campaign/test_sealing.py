"""Names are sealed to several public keys, and any one private key opens them."""

import base64
import json

import pytest
from nacl.public import PrivateKey, SealedBox

from imd_campaign.crypto import Vault, open_sealed
from imd_campaign.sealing import WrongKey, fingerprint_key, new_key_pair, parse_public_keys

FIRST, SECOND, OTHER = (new_key_pair() for _ in range(3))
PERSON = {"name": "Amina Ñandú", "email": "amina@example.org"}


@pytest.fixture
def vault() -> Vault:
    return Vault("a secret for tests, and for tests only", f"{FIRST[0]}, {SECOND[0]}")


@pytest.mark.parametrize("private_key", [FIRST[1], SECOND[1]], ids=["first", "second"])
def test_any_one_private_key_opens_what_is_sealed(vault, private_key):
    assert open_sealed(vault.seal(PERSON), private_key) == PERSON


def test_the_right_key_among_several_opens_what_is_sealed(vault):
    assert open_sealed(vault.seal(PERSON), OTHER[1], SECOND[1]) == PERSON


def test_a_wrong_key_is_told_which_keys_are_needed(vault):
    with pytest.raises(WrongKey) as raised:
        open_sealed(vault.seal(PERSON), OTHER[1])
    assert raised.value.needed == [fingerprint_key(key) for key in vault.public_keys]


def test_what_versions_with_one_key_have_sealed_is_opened():
    private = PrivateKey(base64.b64decode(FIRST[1]))
    box = SealedBox(private.public_key).encrypt(json.dumps(PERSON).encode())
    assert open_sealed(base64.b64encode(box).decode(), OTHER[1], FIRST[1]) == PERSON


def test_two_seals_of_the_same_person_have_nothing_in_common(vault):
    one, other = (set(vault.seal(PERSON).replace(":", ".").split(".")) for _ in range(2))
    names = {fingerprint_key(key) for key in vault.public_keys}
    assert one & other == {"v2"} | names


def test_a_seal_whose_data_was_replaced_is_not_opened(vault):
    version, _, *keys = vault.seal(PERSON).split(".")
    data = vault.seal({"name": "Forged"}).split(".")[1]
    with pytest.raises(ValueError, match="damaged"):
        open_sealed(".".join((version, data, *keys)), FIRST[1])


def test_anybody_can_seal_to_a_public_key_but_only_an_object_is_opened():
    box = SealedBox(PrivateKey(base64.b64decode(FIRST[1])).public_key).encrypt(b"[1]")
    with pytest.raises(ValueError, match="does not hold"):
        open_sealed(base64.b64encode(box).decode(), FIRST[1])


@pytest.mark.parametrize("text", ["v2", "v2.!", "v2.QQ==.x", "QQ", "", "v3.QQ=="])
def test_a_damaged_seal_is_a_value_error_or_a_wrong_key(text):
    with pytest.raises((ValueError, WrongKey)):
        open_sealed(text, FIRST[1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{FIRST[0]},{FIRST[0]}", "twice"),
        (f"{FIRST[0]},nonsense", "32-byte public key"),
        (f"{FIRST[0]},", "32-byte public key"),
        (",".join(new_key_pair()[0] for _ in range(9)), "at most 8"),
    ],
    ids=["one twice", "nonsense", "an empty one", "too many"],
)
def test_invalid_lists_of_public_keys_are_rejected(text, message):
    with pytest.raises(ValueError, match=message):
        parse_public_keys(text)
