"""Three-valued logic: True, False, and None for "not known", as the domain's fields write it.

The connectives are Kleene's: an unknown matters only where the known parts leave the answer open.
"""

from __future__ import annotations

from collections.abc import Iterable

from advisor.rules.registry import DOES_NOT, Answer, holds, unknown

Known = bool | None


def any_of(values: Iterable[Known]) -> Known:
    """True if one value is, else None if one is not known, else False; False for no values.

    Examples
    --------
    >>> any_of([None, True]), any_of([None, False]), any_of([False, False]), any_of([])
    (True, None, False, False)
    """
    seen = set(values)
    return True if True in seen else None if None in seen else False


def all_of(values: Iterable[Known]) -> Known:
    """False if one value is, else None if one is not known, else True; True for no values.

    Examples
    --------
    >>> all_of([None, False]), all_of([None, True]), all_of([True, True]), all_of([])
    (False, None, True, True)
    """
    seen = set(values)
    return False if False in seen else None if None in seen else True


def negate(value: Known) -> Known:
    """The opposite; of the unknown, the unknown.

    Examples
    --------
    >>> negate(True), negate(False), negate(None)
    (False, True, None)
    """
    return None if value is None else not value


def equal(one: object, other: object) -> Known:
    """Whether two descriptions agree; not known where either is missing.

    Examples
    --------
    >>> equal("intel", "intel"), equal("intel", "amd"), equal("intel", None)
    (True, False, None)
    """
    return None if one is None or other is None else one == other


def below(value: float | None, limit: float) -> Known:
    """Whether a number lies below a limit; not known where it is missing.

    Examples
    --------
    >>> below(5.0, 10.0), below(10.0, 10.0), below(None, 10.0)
    (True, False, None)
    """
    return None if value is None else value < limit


def judge(condition: Known, message: str, verify: str = "") -> Answer:
    """Turn a rule's condition into its answer.

    Parameters
    ----------
    message : what it means here, said where the condition is true.
    verify : which input to look up, said where the condition is not known; a condition
        that cannot be unknown needs none.

    Examples
    --------
    >>> judge(True, "A holds.").message, judge(None, "A holds.", "Verify A.").message
    ('A holds.', 'Verify A.')
    >>> judge(False, "A holds.").truth.value
    'does not'
    """
    if condition is None:
        return unknown(verify)
    return holds(message) if condition else DOES_NOT
