"""Tokens: who may come in, and as what."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from pydantic import SecretStr

from coach.errors import AuthError, SettingsError
from coach.server.auth import ROLES, Role, Verifier, mint, mint_from_settings, verifier
from coach.settings import Settings
from tests.server.desk import KEY


@pytest.mark.parametrize("role", ROLES)
def test_a_minted_token_says_who_and_what(role: Role) -> None:
    """Role, subject and teams come back from the token."""
    identity = Verifier(KEY).identity(mint(KEY, role, "a1", teams=("east", "vip")), *ROLES)
    assert (identity.role, identity.subject, identity.teams) == (role, "a1", {"east", "vip"})


def test_a_token_works_for_its_time_only() -> None:
    """One second too late is too late."""
    with pytest.raises(AuthError) as caught:
        Verifier(KEY).identity(mint(KEY, "agent", "a1", ttl_s=-1), "agent")
    assert caught.value.code == "auth.expired"


def test_a_token_without_signature_is_nothing() -> None:
    """The algorithm is ours to choose, not the token's."""
    unsigned = jwt.encode({"aud": "call-coach", "role": "agent", "sub": "a1", "exp": 2**31}, None, algorithm="none")
    with pytest.raises(AuthError, match=r"auth\.token"):
        Verifier(KEY).identity(unsigned, "agent")


@pytest.mark.parametrize(("role", "subject", "teams", "sees"), [
    ("agent", "a1", (), True), ("agent", "a2", ("east",), False), ("agent", "*", ("*",), False),
    ("supervisor", "s1", ("east",), True), ("supervisor", "s1", ("*",), True), ("supervisor", "s1", ("west",), False),
    ("supervisor", "a1", (), False), ("softphone", "a1", ("east",), False), ("softphone", "*", ("*",), False),
])
def test_who_sees_a_call_of_agent_a1_in_team_east(role: Role, subject: str, teams: tuple[str, ...], sees: bool) -> None:
    """Agents their own, supervisors their teams', softphones none."""
    identity = Verifier(KEY).identity(mint(KEY, role, subject, teams=teams), *ROLES)
    assert identity.may_see("a1", frozenset({"east"})) is sees


@pytest.mark.parametrize(("role", "subject", "sends"), [
    ("softphone", "a1", True), ("softphone", "*", True), ("softphone", "a2", False),
    ("agent", "a1", False), ("supervisor", "*", False),
])
def test_who_may_send_a_call_of_agent_a1(role: Role, subject: str, sends: bool) -> None:
    """That agent's softphone and a gateway."""
    assert Verifier(KEY).identity(mint(KEY, role, subject), *ROLES).may_send("a1") is sends


def test_the_command_signs_with_the_servers_key() -> None:
    """`coach token` and the server agree."""
    token = mint_from_settings(Settings(secret=SecretStr(KEY)), role="supervisor", name="s1", team="east", hours=1)
    assert Verifier(KEY).identity(token, "supervisor").teams == {"east"}


@pytest.fixture(params=["RS256", "ES256"])
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Callable[..., str], Verifier]:
    """A bank's own issuer: what it signs, and a verifier that knows its public key and no other."""
    if request.param == "RS256":
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
        public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [public | {"kid": "k1", "use": "sig", "alg": request.param}]}))

    def sign(kid: str = "k1", algorithm: str = request.param, key: object = private) -> str:
        claims = {"aud": "call-coach", "role": "agent", "sub": "a1", "exp": 2**31}
        return jwt.encode(claims, key, algorithm, headers={"kid": kid})  # type: ignore[arg-type]

    return sign, verifier(Settings(jwks_file=file), None)


def test_a_banks_own_tokens_are_taken(bank: tuple[Callable[..., str], Verifier]) -> None:
    """By the key that the token names."""
    sign, verify = bank
    assert verify.identity(sign(), "agent").subject == "a1"


def test_a_public_key_is_no_secret(bank: tuple[Callable[..., str], Verifier]) -> None:
    """Unknown keys, keys of strangers, and the shared-key algorithm signed with what everybody knows are refused."""
    sign, verify = bank
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for token in (sign(kid="k2"), sign(key=stranger, algorithm="RS256"), sign(key=KEY, algorithm="HS256"),
                  mint(KEY, "agent", "a1"), mint("k" * 32, "agent", "a1")):
        with pytest.raises(AuthError, match=r"auth\.token"):
            verify.identity(token, "agent")


def test_a_broken_jwks_file_is_a_settings_error(tmp_path: Path) -> None:
    """Told at start."""
    file = tmp_path / "jwks.json"
    for text in ("", "{}", '{"keys":[]}', '{"keys":[{"kty":"RSA"}]}'):
        file.write_text(text)
        with pytest.raises(SettingsError, match="jwks_file"):
            verifier(Settings(jwks_file=file), None)


def test_no_key_is_an_error_with_its_remedy() -> None:
    """An unsigned system is not a default."""
    with pytest.raises(SettingsError, match="COACH_SECRET"):
        mint_from_settings(Settings(), role="agent", name="a1")


def test_a_refusal_does_not_hold_the_token(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the error nor the log."""
    token = mint(KEY + "x", "agent", "a1")
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthError) as caught:
        Verifier(KEY).identity(token, "agent")
    assert token not in str(caught.value) + caplog.text
