"""The ceiling of a command, as a careful person writes it with FastAPI: check the token, insert one document.

python -m tests.bench.bare_route PORT
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from motor.motor_asyncio import AsyncIOMotorClient

keys = KeySet.import_key_set(json.loads(Path(os.environ["GONGHUI_JWKS_FILE"]).read_text()))
claims = jwt.JWTClaimsRegistry(
    leeway=60,
    iss={"essential": True, "value": os.environ["GONGHUI_TOKEN_ISSUER"]},
    aud={"essential": True, "value": os.environ["GONGHUI_TOKEN_AUDIENCE"]},
    exp={"essential": True},
    sub={"essential": True},
)
database: Any = AsyncIOMotorClient(os.environ["GONGHUI_MONGO_URL"], w="majority", journal=True)
enrolments = database[os.environ["BENCH_DATABASE"]].enrolments
app = FastAPI()


async def signed_in(bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    try:
        token = jwt.decode(bearer.credentials, keys, algorithms=["EdDSA"])
        claims.validate(token.claims)
    except (JoseError, ValueError) as wrong:
        raise HTTPException(401) from wrong
    return str(token.claims["sub"])


@app.post("/activities/{activity_id}/enrolments/{member_id}", status_code=201)
async def enrol(activity_id: UUID, member_id: UUID, actor: Annotated[str, Depends(signed_in)]) -> dict[str, str]:
    if actor != str(member_id):
        raise HTTPException(403)
    at = datetime.now(UTC).isoformat()
    done = await enrolments.insert_one(
        {"activity_id": str(activity_id), "member_id": str(member_id), "actor": actor, "at": at}
    )
    return {"id": str(done.inserted_id), "activity_id": str(activity_id), "member_id": str(member_id), "at": at}


@app.get("/readyz")
async def ready() -> dict[str, bool]:
    return {"ready": True}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off", backlog=2048)
