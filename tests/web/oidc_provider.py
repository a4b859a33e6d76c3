"""A real OpenID provider (idpyoidc), served on loopback; what it hands out can be tampered with on the way, for tests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from cryptojwt.jws.jws import JWS
from idpyoidc.server import Server
from idpyoidc.server.configure import OPConfiguration
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "commonweal-client", "a-secret-that-is-long-enough-for-this-1"
USER = "u-1"


@dataclass
class Provider:
    """The provider: `person` is what it knows of who signs in there, `tamper` changes an ID token's claims."""

    folder: Path
    redirect: str
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    tamper: Callable[[dict[str, Any]], None] | None = None
    algorithm: str = "RS256"
    key: Any = None
    stopped: bool = False
    requests: list[dict[str, str]] = field(default_factory=list)

    def start(self, issuer: str) -> None:
        self.issuer = issuer
        kinds = [{"type": "RSA", "use": ["sig"]}, {"type": "EC", "crv": "P-256", "use": ["sig"]}]
        methods = ["client_secret_basic", "client_secret_post"]
        conf = {
            "issuer": issuer,
            "httpc_params": {"verify": False},
            "key_conf": {"key_defs": kinds, "uri_path": "keys"},
            "endpoint": {
                "provider_config": {
                    "path": ".well-known/openid-configuration",
                    "class": "idpyoidc.server.oidc.provider_config.ProviderConfiguration",
                    "kwargs": {},
                },
                "authorization": {
                    "path": "authorization",
                    "class": "idpyoidc.server.oidc.authorization.Authorization",
                    "kwargs": {"response_types_supported": ["code"], "response_modes_supported": ["query"]},
                },
                "token": {
                    "path": "token",
                    "class": "idpyoidc.server.oidc.token.Token",
                    "kwargs": {"client_authn_method": methods},
                },
                "userinfo": {
                    "path": "userinfo",
                    "class": "idpyoidc.server.oidc.userinfo.UserInfo",
                    "kwargs": {"client_authn_method": ["bearer_header"]},
                },
            },
            "userinfo": {"class": "idpyoidc.server.user_info.UserInfo", "kwargs": {"db": {USER: self.person}}},
            "authentication": {
                "anon": {
                    "acr": "urn:example:password",
                    "class": "idpyoidc.server.user_authn.user.NoAuthn",
                    "kwargs": {"user": USER},
                }
            },
            "add_on": {
                "pkce": {
                    "function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                    "kwargs": {"essential": True},
                }
            },
            "token_handler_args": {
                "key_conf": {
                    "key_defs": [
                        {"type": "oct", "bytes": 24, "use": ["enc"], "kid": "code"},
                        {"type": "oct", "bytes": 24, "use": ["enc"], "kid": "refresh"},
                    ]
                },
                "code": {"lifetime": 600},
                "token": {"class": "idpyoidc.server.token.jwt_token.JWTToken", "kwargs": {"lifetime": 600}},
                "id_token": {"class": "idpyoidc.server.token.id_token.IDToken", "kwargs": {"lifetime": 600}},
            },
            "template_dir": str(self.folder),
            "session_params": {
                "encrypter": {
                    "kwargs": {
                        "keys": {
                            "key_defs": [
                                {"type": "OCT", "use": ["enc"], "kid": "password"},
                                {"type": "OCT", "use": ["enc"], "kid": "salt"},
                            ]
                        },
                        "iterations": 1,
                    }
                }
            },
        }
        self.server = Server(OPConfiguration(conf, base_path=str(self.folder)), cwd=str(self.folder))
        self.server.context.userinfo.db = {USER: self.person}
        self.server.context.cdb[CLIENT] = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [(self.redirect, {})],
            "token_endpoint_auth_method": "client_secret_basic",
            "response_types_supported": ["code"],
            "allowed_scopes": ["openid", "email", "profile"],
            "client_salt": "salted",
        }
        self.server.keyjar.add_symmetric(CLIENT, SECRET)

    def signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "none":
            from cryptojwt.utils import b64e

            return b".".join((b64e(b'{"alg":"none"}'), b64e(json.dumps(claims).encode()), b"")).decode()
        if self.algorithm == "HS256":
            from cryptojwt.jwk.hmac import SYMKey

            return str(JWS(json.dumps(claims), alg="HS256").sign_compact([SYMKey(key=SECRET)]))
        keys = [self.key] if self.key is not None else self.server.keyjar.get_signing_key("RSA")
        return str(JWS(json.dumps(claims), alg="RS256").sign_compact(keys))

    def _metadata(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorization",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def _keys(self, _request: Request) -> Response:
        return JSONResponse(self.server.keyjar.export_jwks())

    def _authorization(self, request: Request) -> Response:
        self.requests.append(dict(request.query_params))
        endpoint = self.server.get_endpoint("authorization")
        # Who is always signed in there has no form to sign in with again: NoAuthn proves the person anew each time.
        asked = {name: value for name, value in request.query_params.items() if name not in {"prompt", "max_age"}}
        parsed = endpoint.parse_request(asked)
        assert "error" not in parsed, parsed
        args = endpoint.process_request(parsed)
        assert "error" not in args, args
        info = endpoint.do_response(request=parsed, **args)
        return RedirectResponse(info["response"], 303)

    async def _token(self, request: Request) -> Response:
        endpoint = self.server.get_endpoint("token")
        info = {"headers": {"authorization": request.headers.get("authorization", "")}}
        parsed = endpoint.parse_request((await request.body()).decode(), http_info=info)
        args = parsed if "error" in parsed else endpoint.process_request(parsed)
        if "error" in args:
            return JSONResponse({"error": args["error"]}, 400)
        body = json.loads(endpoint.do_response(request=parsed, **args)["response"])
        if self.tamper is not None or self.algorithm != "RS256" or self.key is not None:
            claims = json.loads(_payload(body["id_token"]))
            if self.tamper is not None:
                self.tamper(claims)
            body["id_token"] = self.signed(claims)
        return JSONResponse(body)

    def _userinfo(self, request: Request) -> Response:
        endpoint = self.server.get_endpoint("userinfo")
        info = {"headers": {"authorization": request.headers.get("authorization", "")}}
        parsed = endpoint.parse_request({}, http_info=info)
        args = endpoint.process_request(parsed)
        answer = endpoint.do_response(request=parsed, **args)
        return Response(answer["response"], media_type="application/json")

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/keys", self._keys),
                Route("/authorization", self._authorization),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
            ]
        )


def _payload(token: str) -> bytes:
    from cryptojwt.utils import b64d

    return bytes(b64d(token.split(".")[1].encode()))


@contextmanager
def serving(folder: Path, redirect: str) -> Iterator[Provider]:
    """Serve a provider on a free port of this machine."""
    provider = Provider(folder, redirect)
    config = uvicorn.Config(provider.application(), host="127.0.0.1", port=0, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    provider.start(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    yield provider
    server.should_exit = True
    thread.join(10)
