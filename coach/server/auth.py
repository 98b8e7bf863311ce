"""Who may come in: signed tokens (JWT) with a role, HS256 with the server's key or RS256/ES256 with a bank's own.

A softphone may send the calls of one agent, or of every agent when its subject is "*" (a gateway); an agent sees their
own calls; a supervisor sees the calls of their teams. A call belongs to the team of the token it came in with.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import jwt

from coach.errors import AuthError, SettingsError
from coach.server.limits import Limits
from coach.settings import Settings

Role = Literal["softphone", "agent", "supervisor"]
ROLES: tuple[Role, ...] = get_args(Role)
AUDIENCE = "call-coach"
ALGORITHM = "HS256"
ALGORITHMS = (ALGORITHM, "RS256", "ES256")
RATE, BURST = 2.0, 60.0
"""Tokens of one identity that are taken per second, and at once: every socket, and every look at the API, shows one."""
GATEWAY = 0.05
"""What a token counts that sends the calls of all agents."""
ANY = "*"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a valid token says. `expires` is wall time, seconds since the epoch."""

    role: Role
    subject: str
    teams: frozenset[str]
    expires: float

    def may_send(self, agent: str) -> bool:
        """May this identity stream a call of `agent`?"""
        return self.role == "softphone" and self.subject in (agent, ANY)

    def may_see(self, agent: str, teams: frozenset[str]) -> bool:
        """May this identity see a call of `agent` that belongs to `teams`?"""
        if self.role == "agent":
            return self.subject == agent
        return self.role == "supervisor" and (ANY in self.teams or bool(self.teams & teams))


def mint(key: str, role: Role, subject: str, *, teams: tuple[str, ...] = (), ttl_s: float = 8 * 3600) -> str:
    """A token for `subject`, valid for `ttl_s` seconds from now."""
    now = int(time.time())
    claims = {"aud": AUDIENCE, "role": role, "sub": subject, "teams": list(teams), "iat": now, "exp": now + int(ttl_s)}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def mint_from_settings(settings: Settings, *, role: Role, name: str, team: str = "", hours: float = 12.0) -> str:
    """A token signed with the server's own key. Raises SettingsError where no key is set."""
    return mint(needed_key(settings), role, name, teams=(team,) if team else (), ttl_s=3600 * hours)


def needed_key(settings: Settings) -> str:
    """The signing key. Raises SettingsError with what to do where there is none."""
    key = settings.signing_key()
    if key is None:
        raise SettingsError("settings.secret", "tokens are signed with a key: set COACH_SECRET (at least 32 bytes) "
                                               "or COACH_SECRET_FILE")
    return key


def read_jwks(path: Path) -> jwt.PyJWKSet:
    """The public keys of a JWKS file. Raises SettingsError."""
    try:
        return jwt.PyJWKSet.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, AttributeError, KeyError, jwt.PyJWTError) as error:  # PyJWT trusts the form
        raise SettingsError("settings.jwks_file", f"cannot read public keys from {path}: {error}") from error


class Verifier:
    """Checks tokens, and how often each identity comes with one.

    The algorithm goes with the key, never with what the token says of itself alone: HS256 with the shared key, RS256
    or ES256 with the public key that the token's `kid` names.
    """

    def __init__(self, key: str | None, jwks: jwt.PyJWKSet | None = None, limits: Limits | None = None) -> None:
        self._key = key
        self._public = {public.key_id: public for public in jwks.keys} if jwks else {}
        self._limits = limits or Limits(rate=RATE, burst=BURST)

    def identity(self, token: str, *roles: Role) -> Identity:
        """Who holds `token`, who must have one of `roles`. Raises AuthError or OverloadError, without the token."""
        try:
            claims = self._claims(token)
        except jwt.ExpiredSignatureError:
            raise AuthError("auth.expired", "The token has expired; ask for a new one") from None
        except (jwt.PyJWTError, ValueError):  # ValueError: a header may hold bytes that are no text
            raise AuthError("auth.token", "The token is not one that this server takes") from None
        identity = _allowed(claims, roles)
        self._limits.check((identity.role, identity.subject), GATEWAY if identity.subject == ANY else 1.0)
        return identity

    def _claims(self, token: str) -> dict[str, Any]:
        """The claims of a token with a right signature. Raises jwt.PyJWTError."""
        header = jwt.get_unverified_header(token)
        key: str | jwt.PyJWK | None = self._key
        algorithm = ALGORITHM
        if header.get("alg") != ALGORITHM:
            public = self._public.get(header.get("kid"))
            key, algorithm = public, public.algorithm_name if public else ""
        if key is None or algorithm not in ALGORITHMS:
            raise jwt.InvalidKeyError("no key for this token")
        return jwt.decode(
            token, key, algorithms=[algorithm], audience=AUDIENCE, options={"require": ["exp", "aud", "sub", "role"]}
        )


def _allowed(claims: dict[str, Any], roles: tuple[Role, ...]) -> Identity:
    role, teams = claims["role"], claims.get("teams", [])
    names = [claims["sub"], *teams] if isinstance(teams, list) else [None]
    if role not in ROLES or not all(isinstance(name, str) and name for name in names):
        raise AuthError("auth.token", "The token's role, subject or teams are not ones that this server knows")
    if role not in roles:
        raise AuthError("auth.role", f"This needs the role {' or '.join(roles)}")
    return Identity(role, claims["sub"], frozenset(teams), float(claims["exp"]))


def verifier(settings: Settings, key: str | None) -> Verifier:
    """The verifier of the settings, with `key` for HS256. Raises SettingsError."""
    return Verifier(key, read_jwks(settings.jwks_file) if settings.jwks_file else None)
