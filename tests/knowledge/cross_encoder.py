"""A real sentence-transformers cross-encoder in a folder, made of what ships.

No model of this kind can be installed from the package index. This one has the bundled reader's layers as an ordinary
``BertForSequenceClassification``, whose last layer is fitted to the reader's own judgement of the starter's articles.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np

from assistant.knowledge.embedder import Embedder
from assistant.knowledge.reader import ADAPTER, AdapterReader, Readable
from ingest.parse import read_articles
from ingest.parsed import ParsedArticle, Reading

_ARTICLES = 8
# What tanh hardly bends.
_SMALL = 0.05
_RIDGE = 1e-3


def make_cross_encoder(folder: Path, embedder: Embedder, articles: Path) -> Path:
    """The folder, with a cross-encoder in it that sentence-transformers loads like any other."""
    import torch

    model, tokenizer = embedder.with_model(_without_judgement)
    pairs = _pairs(articles)
    reader = AdapterReader(embedder)
    said = np.array([reader.read(question, [passage])[0] for question, passage in pairs])
    with torch.inference_mode():
        texts = [tokenizer(question, passage.text, truncation=True, return_tensors="pt") for question, passage in pairs]
        pooled = torch.cat([model.bert(**text).pooler_output for text in texts]).double().numpy()
    table = np.hstack((pooled, np.ones((len(pairs), 1))))
    found = np.linalg.solve(table.T @ table + _RIDGE * np.eye(table.shape[1]), table.T @ said)
    with torch.no_grad():
        model.classifier.weight.copy_(torch.tensor(found[None, :-1]))
        model.classifier.bias.copy_(torch.tensor(found[-1:]))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _without_judgement(encoder: Any) -> tuple[Any, Any]:
    import torch
    from transformers import BertForSequenceClassification

    from assistant.knowledge.reader_model import merged

    bert = encoder[0].auto_model
    config = copy.deepcopy(bert.config)
    config.num_labels = 1
    made = BertForSequenceClassification(config)
    made.eval()  # type: ignore[no-untyped-call]
    made.bert.embeddings.load_state_dict(bert.embeddings.state_dict())
    made.bert.encoder.layer.load_state_dict(merged(bert, ADAPTER).layers.state_dict())
    with torch.no_grad():
        pooler: Any = made.bert.pooler
        pooler.dense.weight.copy_(_SMALL * torch.eye(config.hidden_size))
        pooler.dense.bias.zero_()
    return made, encoder.tokenizer


def _pairs(articles: Path) -> list[tuple[str, Readable]]:
    """Titles as questions, each with the beginning of its own article and of another."""
    found = [each for each in read_articles([articles], Reading()) if isinstance(each, ParsedArticle)][:_ARTICLES]
    texts = [Readable("", "", each.content.body[:600]) for each in found]
    questions = [each.content.title for each in found]
    own = list(zip(questions, texts, strict=True))
    return own + [(question, texts[place - 1]) for place, question in enumerate(questions)]
