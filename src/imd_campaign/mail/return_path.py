"""The envelope sender of an e-mail: it says which e-mail bounced (VERP).

Anybody can send a message that looks like a bounce. What makes it credible is the code: only this
server can compute it, and only the servers that handled the e-mail know it.
"""

import base64
import hmac
import re

from imd_campaign.crypto import ID_ALPHABET, ID_LENGTH, Vault

ID_PREFIX = "ltr_"
CODE_BYTES = 10
CODE_LENGTH = 16
PATTERN = re.compile(rf"\+([{ID_ALPHABET}]{{{ID_LENGTH}}})\.([a-z2-7]{{{CODE_LENGTH}}})@")


def make_return_path(vault: Vault, bounce_address: str, email_id: str) -> str:
    name, _, domain = bounce_address.rpartition("@")
    short_id = email_id.removeprefix(ID_PREFIX)
    return f"{name}+{short_id}.{_compute_code(vault, short_id)}@{domain}"


def find_email_ids(vault: Vault, text: str) -> list[str]:
    """Find the IDs of e-mails in a text that has return paths; forged ones are left out."""
    return [
        f"{ID_PREFIX}{short_id}"
        for short_id, code in PATTERN.findall(text.lower())
        if hmac.compare_digest(code, _compute_code(vault, short_id))
    ]


def _compute_code(vault: Vault, short_id: str) -> str:
    digest = vault.fingerprint("return path", short_id)[:CODE_BYTES]
    return base64.b32encode(digest).decode().lower()
