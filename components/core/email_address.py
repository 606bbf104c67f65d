"""When two e-mail addresses are the same: one spelling of each, for the lists of a team and for who signs in.

Letters outside ASCII are not folded. `str.casefold` makes `ß` to `ss`, and both `ſ` and the Kelvin sign to ASCII
letters, so two people or two domains would become one.
"""

from __future__ import annotations

import string
from typing import Final

import idna

_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def canonical(address: str) -> str:
    """Return an address, or a domain written as `@school.example`, in the spelling that is compared.

    ASCII letters become lower case. A domain becomes its A-labels (IDNA 2008, RFC 5891: `straße.example` is
    `xn--strae-oqa.example`); nothing is mapped before, so two different domains never become one. A local part with
    letters outside ASCII stays as it is.

    Raises
    ------
    ValueError
        If the domain cannot be one; the message says why.
    """
    local, at, domain = address.translate(_LOWER).rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, strict=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(
                f"the domain {domain!r} is not allowed in IDNA 2008 ({error}); write it in lower case, or as A-labels "
                "(xn--…)"
            ) from None
    return f"{local}{at}{domain}"
