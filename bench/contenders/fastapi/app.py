"""POST /api/calls as a FastAPI service would have it: validated by pydantic, one durable insert by asyncpg, then 201."""

import os
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel, Field, StringConstraints

Latency = Annotated[int, Field(ge=0, le=3_600_000)]


class Sentiment(str, Enum):
    POSITIVE = "POSITIVE"
    NEUTRAL = "NEUTRAL"
    NEGATIVE = "NEGATIVE"


class NewCall(BaseModel):
    id: UUID
    client_id: UUID
    caller_phone: Annotated[str, StringConstraints(max_length=64)] = ""
    caller_name: Annotated[str, StringConstraints(max_length=200)] = ""
    duration_seconds: Annotated[float, Field(ge=0, le=2_678_400, allow_inf_nan=False)] = 0
    stt_latency_ms: Latency = 0
    llm_latency_ms: Latency = 0
    tts_latency_ms: Latency = 0
    transcript: Annotated[str, StringConstraints(max_length=524_288)] = ""
    sentiment: Sentiment = Sentiment.NEUTRAL
    success: bool = True
    recording_url: Annotated[str, StringConstraints(max_length=2048)] | None = None
    notes: Annotated[str, StringConstraints(max_length=16_384)] | None = None


class LoggedCall(BaseModel):
    id: UUID
    client_id: UUID
    created_at: datetime


class Answer(BaseModel):
    call: LoggedCall


@asynccontextmanager
async def lifespan(app: FastAPI):
    size = int(os.environ["BENCH_POOL"])
    app.state.pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=size, max_size=size)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)

INSERT = """
    INSERT INTO call_fastapi (
        id, client_id, caller_phone, caller_name, duration_seconds, stt_latency_ms, llm_latency_ms, tts_latency_ms,
        transcript, sentiment, success, recording_url, notes)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    RETURNING created_at
"""


@app.post("/api/calls", status_code=201)
async def log_call(call: NewCall, request: Request) -> Answer:
    created_at = await request.app.state.pool.fetchval(
        INSERT, call.id, call.client_id, call.caller_phone, call.caller_name, call.duration_seconds,
        call.stt_latency_ms, call.llm_latency_ms, call.tts_latency_ms, call.transcript, call.sentiment.value,
        call.success, call.recording_url, call.notes)
    return Answer(call=LoggedCall(id=call.id, client_id=call.client_id, created_at=created_at))
