"""Who may come in: signed tokens (JWT, HS256) with a role.

A softphone may send the calls of one agent, or of every agent when its subject is "*" (a gateway); an agent sees their
own calls; a supervisor sees the calls of their teams. A call belongs to the team of the token it came in with.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal, get_args

import jwt

from coach.errors import AuthError, SettingsError
from coach.settings import Settings

Role = Literal["softphone", "agent", "supervisor"]
ROLES: tuple[Role, ...] = get_args(Role)
AUDIENCE = "call-coach"
ALGORITHM = "HS256"
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


class Verifier:
    """Checks tokens against one key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def identity(self, token: str, *roles: Role) -> Identity:
        """Who holds `token`, who must have one of `roles`. Raises AuthError, which never holds the token."""
        try:
            claims = jwt.decode(
                token, self._key, algorithms=[ALGORITHM], audience=AUDIENCE,
                options={"require": ["exp", "aud", "sub", "role"]},
            )
        except jwt.ExpiredSignatureError:
            raise AuthError("auth.expired", "The token has expired; ask for a new one") from None
        except jwt.InvalidTokenError:
            raise AuthError("auth.token", "The token is not one that this server takes") from None
        return _allowed(claims, roles)


def _allowed(claims: dict[str, Any], roles: tuple[Role, ...]) -> Identity:
    role, teams = claims["role"], claims.get("teams", [])
    names = [claims["sub"], *teams] if isinstance(teams, list) else [None]
    if role not in ROLES or not all(isinstance(name, str) and name for name in names):
        raise AuthError("auth.token", "The token's role, subject or teams are not ones that this server knows")
    if role not in roles:
        raise AuthError("auth.role", f"This needs the role {' or '.join(roles)}")
    return Identity(role, claims["sub"], frozenset(teams), float(claims["exp"]))
