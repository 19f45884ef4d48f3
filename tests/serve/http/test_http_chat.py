"""A model tuned to write: from rows to a release, its card's lines, and OpenAI's own client."""

from __future__ import annotations

import html
from collections.abc import Iterator

import openai
import pytest
from running import Customer, Running

from seedbed.home import Home
from seedbed.release import store
from seedbed.release.lines import use
from seedbed.release.predictor import Predictor
from seedbed.release.rejudge import rejudge
from seedbed.release.store import Release
from seedbed.serve.service import Settings

ASK = [{"role": "user", "content": "What is asthma?"}]


@pytest.fixture(scope="module")
def home(written: Home) -> Home:
    return written


@pytest.fixture(scope="module")
def release(home: Home) -> Release:
    return store.find(home, "style")


@pytest.fixture(scope="module")
def server(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(home, tmp_path_factory.mktemp("chat"), Settings())
    yield running
    running.stop()


@pytest.fixture
def caller(server: Running) -> Customer:
    return server.customer()


@pytest.fixture
def client(server: Running, caller: Customer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key=caller.secret, base_url=f"{server.address}/v1", max_retries=0
    ) as made:
        yield made


def test_tuning_makes_the_true_answers_likelier(release: Release) -> None:
    report = release.read("report.json")
    ladder = {one["rung"]: one["value"] for one in report["ladder"]}
    assert ladder["adapter"] > ladder["prompted"]
    assert report["rung"] == "adapter"
    (against,) = report["compared"]
    assert (against["with"], against["test"]) == ("untuned model", "paired bootstrap")
    assert against["low"] > 0
    written = report["written"]
    likelihood = report["metrics"]["token_likelihood"]
    assert written["perplexity"]["value"] == pytest.approx(1 / likelihood["value"])
    perplexity = written["untuned"]["perplexity"]
    assert perplexity["value"] == pytest.approx(1 / against["value"])
    assert perplexity["low"] < perplexity["value"] < perplexity["high"]
    assert written["difference"]["perplexity"]["high"] < 0
    assert set(written["difference"]) == {"perplexity", "exact_match", "rouge_l"}
    assert len(written["shown"]) == written["rows"] == 3
    assert all(one["untuned"] is not None for one in written["shown"])


def test_the_report_shows_answers_beside_the_truth(release: Release) -> None:
    page = html.unescape((release.folder / "report.html").read_text(encoding="utf-8"))
    assert 'id="written"' in page
    assert release.read("report.json")["written"]["shown"][0]["truth"][:40] in page


def test_other_rows_can_be_judged(release: Release, home: Home) -> None:
    found = rejudge(release, home.root.parent / "rows.jsonl")
    assert found["written"]["tokens"] > release.read("report.json")["written"]["tokens"]


def test_the_cards_lines_write_what_the_release_writes(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(release.folder)
    code = use(release.folder, "cut").split("```python\n")[1].split("```")[0]
    world: dict[str, object] = {}
    exec(code.replace("your text", ASK[0]["content"]), world)
    predictor = Predictor(release)
    (answer,) = predictor.answers([ASK[0]["content"]])
    assert isinstance(answer["text"], str)
    # The recipe's system prompt is the release's; the lines leave it to the reader.
    assert isinstance(world["answer"], str)


def test_openais_client_gets_an_answer_metered_by_tokens(
    client: openai.OpenAI, caller: Customer, release: Release
) -> None:
    found = client.chat.completions.create(model="style", messages=ASK, temperature=0)
    said = found.choices[0]
    assert found.model == "style/1"
    assert said.message.content is not None
    assert said.finish_reason in ("stop", "length")
    assert found.usage is not None
    assert 0 < found.usage.completion_tokens <= 8
    (call,) = caller.settled(1)
    assert call["tokens"] == found.usage.total_tokens
    assert (call["verb"], call["status"]) == ("predict", "answered")


def test_fewer_tokens_a_stop_and_a_stream(client: openai.OpenAI) -> None:
    short = client.chat.completions.create(model="style", messages=ASK, max_tokens=2)
    assert short.usage is not None
    assert short.usage.completion_tokens <= 2
    whole = client.chat.completions.create(model="style", messages=ASK)
    text = whole.choices[0].message.content or ""
    streamed = client.chat.completions.create(model="style", messages=ASK, stream=True)
    assert "".join(part.choices[0].delta.content or "" for part in streamed) == text
    stop = text[len(text) // 2 :][:1]
    if stop:
        ended = client.chat.completions.create(model="style", messages=ASK, stop=[stop])
        assert ended.choices[0].message.content == text.partition(stop)[0].strip()


def test_the_native_route_answers_too(caller: Customer) -> None:
    found = caller.predict({"texts": ["What is asthma?", "And flu?"]}, "/v1/predict/style").json()
    assert [set(one) for one in found["answers"]] == [{"text", "tokens", "finish"}] * 2


def test_what_cannot_be_answered_is_refused(client: openai.OpenAI, caller: Customer) -> None:
    long = [{"role": "user", "content": "word " * 9000}]
    with pytest.raises(openai.APIStatusError) as failed:
        client.chat.completions.create(model="style", messages=long)
    assert failed.value.status_code == 422
    assert "SB220" in failed.value.response.text
    last = [*ASK, {"role": "assistant", "content": "It is"}]
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="style", messages=last)
    refused = caller.client.post("/v1/embeddings", json={"model": "style", "input": "a"})
    assert refused.status_code == 422


def test_feedback_takes_a_whole_text(caller: Customer) -> None:
    told = caller.predict({"text": "What is asthma?"}, "/v1/predict/style").json()
    said = {"call_id": told["call_id"], "verdict": "wrong"}
    whole = "It narrows the airways. " * 1000
    kept = caller.client.post("/v1/feedback", json=said | {"correct": whole})
    assert (kept.status_code, kept.json()["correct"]) == (201, whole)
    refused = caller.client.post("/v1/feedback", json=said | {"correct": 3.5})
    assert (refused.status_code, refused.json()["where"]) == (422, "correct")
    assert "the text that should have been written" in refused.json()["expected"]
