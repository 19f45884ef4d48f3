"""A plain FastAPI server of a release: one route, one text a call, in FastAPI's pool of threads.

python -m bench.twin_fastapi FOLDER PORT
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from seedbed.release.predictor import Predictor


class Body(BaseModel):
    text: str


def main(folder: str, port: str) -> None:
    app, predictor = FastAPI(), Predictor(Path(folder))
    predictor.answers(["warm"])

    @app.get("/health")
    def health() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/predict")
    def predict(body: Body) -> Mapping[str, Any]:
        answer = predictor.answers([body.text])[0]
        return {key: value for key, value in answer.items() if key != "scores"}

    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
