"""Search for a query and judge, by this knowledge base's own calibration, how sure its best passage answers it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import numpy as np

from assistant.domain.answers import Hit, LivePassage
from assistant.domain.articles import Audience
from assistant.domain.locales import is_chinese, primary
from assistant.errors import IndexBroken, ModelUnavailable
from assistant.flow.codes import cut_out, known_to, models_in, naming, without_others
from assistant.flow.request import Retrieved, together
from assistant.knowledge.calibration import MOST_SURE, Calibration, between, log_odds, of_either
from assistant.knowledge.dense import Serving
from assistant.knowledge.features import features, named
from assistant.knowledge.languages import Abroad, Encoder, Languages, forms
from assistant.knowledge.ranking import followed_by
from assistant.knowledge.reader import Reader
from assistant.knowledge.reading import Reading
from assistant.knowledge.scripts import to_simplified, to_traditional
from assistant.knowledge.search import Found, Keywords, Searcher
from assistant.knowledge.segment import as_written, tokens
from assistant.knowledge.spelling import Spelled, put_right, spelled
from assistant.knowledge.stages import Watch
from assistant.storage import articles, passages
from assistant.storage.database import Database

# A first article in another script or language is searched for as such after this many seconds.
_ARTICLES_KEPT = 30.0
_ASKED_KEPT = 128
# So many passages that name a model are looked at for one that whoever asks may read.
_NAMED_BY = 64
# How much of a question's vector is that of those before it, where they are read together. On MTRAG-UN's questions
# with a history hit@1 is .91 for any share from .2 to .4, .90 for one embedding of both texts and .85 without the
# earlier one (eval/search_quality.py).
_BEFORE = 0.3
# How much of the log odds is those of a message's surest part, the rest being those of the whole (docs/evaluation.md).
_PART_COUNTS = 2 / 3


Known = TypeVar("Known")


class Indexes(Protocol):
    """Both indexes as a search uses them: those that serve, or those with a draft laid over them."""

    @property
    def serving(self) -> Serving | None:
        """The model that answers now; None while there is none."""

    @property
    def keywords(self) -> Keywords:
        """The keyword index."""

    @property
    def reader(self) -> Reader | None:
        """What reads the best passages together with the question, if anything does."""

    def dense(self, vector: Any, k: int, model: str = "") -> list[tuple[str, float]]:
        """The ``k`` nearest phrasings, best first; ``model`` is the fingerprint of who made the vector."""

    def vectors_of(self, passage_ids: Sequence[str]) -> Mapping[str, Any]:
        """The vectors of each passage's phrasings, one a row."""


class _Asked(NamedTuple):
    """A question as it is searched for.

    Its text and those before it, the tokens searched for, its vector and the model that made it; who asks, and how many
    passages are wanted.
    """

    text: str
    words: Sequence[str]
    language: str
    vector: Any
    model: str
    audiences: frozenset[str]
    error_budget: float
    k: int


class KnowledgeRetriever:
    """The knowledge base as the flow asks it. Each part that is away costs quality only."""

    # What a language has in common is the encoder's; a preview's search need not find it out anew.
    _languages = Languages()
    # Whether customers' questions go before those asked here.
    _patient = False

    def __init__(self, database: Database, index: Indexes, calibration: Callable[[], Calibration]) -> None:
        self._database = database
        self._index = index
        self._calibration = calibration
        self._asked: OrderedDict[tuple[str, ...], Any] = OrderedDict()
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def retrieve(
        self,
        query: str,
        *,
        before: Sequence[str] = (),
        parts: Sequence[str] = (),
        language: str,
        audiences: frozenset[str],
        error_budget: float,
        k: int = 24,
        watch: Watch | None = None,
    ) -> Retrieved:
        """The passages that may answer the query, best first, and how sure one can be that the first one does.

        ``before``: the questions that it is to be read together with, oldest first: the words of all count, and the
        vector lies between theirs. A question by itself is searched for in other ways, too, where they may find what is
        surer: without the name of a model in it, part by part (``parts_of``), and among articles that are not there in
        its language. ``watch`` is told of the stages of the search that the result rests on.
        """
        began = time.perf_counter()
        query, slips = self._spelled(query)
        before, parts = [self._spelled(text).text for text in before], [put_right(part, slips) for part in parts]
        started = time.perf_counter()
        written, *clauses = (self._in_written_script(text, language) for text in (query, *parts))
        (vector, *apart), model = self._vectors(written, clauses)
        if before and vector is not None:
            earlier = [self._vector(self._in_written_script(text, language)) for text in before]
            # The model may have changed in between.
            vector = read_together(*(each for each, made_by in earlier if made_by == model), vector)
        embedding = time.perf_counter() - started
        text = together(*before, query)
        asked = _Asked(text, tokens(text), language, vector, model, audiences, error_budget, k)
        abroad = self._abroad(asked, self._locales())
        found = self._judged(asked, abroad, watch)
        named = models_in(text).keys()
        heard_of = self._heard_of(named, asked, found.hits)
        if abroad is None:
            # Of several questions read together, each has a name of its own, or none; and what nobody has heard of is
            # to be told, not left out.
            if not before and named <= heard_of:
                found = self._or_of_any_model(found, asked, watch)
                if vector is not None and found.hits and found.confidence < found.threshold:
                    told = [
                        asked._replace(text=part, words=tokens(part), vector=each)
                        for part, each in zip(parts, apart, strict=True)
                    ]
                    found = self._or_in_part(found, told)
            found = self._or_untranslated(found, asked, watch)
        reading = found.timings.get("reader", 0.0)
        searching = time.perf_counter() - began - embedding - reading
        timings = {"embed": embedding, "search": searching, **found.timings}
        return replace(found, timings=timings, spelled=slips, heard_of=heard_of)

    def _heard_of(self, named: Set[str], asked: _Asked, hits: Sequence[Hit]) -> Set[str]:
        """Those of the models and codes that a question names that are found, or in other articles that may be read."""
        if not named:
            return frozenset()
        heard_of = known_to(named, (hit.passage for hit in hits))
        readers = [Audience(audience) for audience in asked.audiences]
        for word in asked.words:
            code = word.replace("-", "")
            if code in named and code not in heard_of:
                with suppress(IndexBroken):
                    every = [name for name, _ in self._index.keywords.search([word], _NAMED_BY)]
                    heard_of |= known_to(named, self._live(every, readers).values())
        return heard_of

    def _or_of_any_model(self, found: Retrieved, asked: _Asked, watch: Watch | None) -> Retrieved:
        """What was found, or what is found for the question without the names of models in it, if that is surer.

        Who asks for the warranty of their Hub H2 is answered by what holds for any device, which need not name theirs;
        what names it is about something else of it. Nothing is taken from what is about another model, and where such
        comes first, the question is one that depends on the model.
        """
        name = naming(asked.words, asked.text, found.hits)
        if not name or (found.is_clearly_sure and not found.features["rarest_missing"]):
            return found
        written = as_written(asked.text, name)
        rest = self._in_written_script(cut_out(asked.text, written), asked.language)
        vector, model = self._vector(rest)
        # The model may have changed in between.
        if model != asked.model:
            return found
        apart = Watch(watch.about) if watch else None
        words = [word for word in asked.words if word not in name]
        general = self._judged(asked._replace(words=words, vector=vector), None, apart)
        if general.confidence <= found.confidence:
            return found
        told = without_others(asked.text, followed_by(general.hits, found.hits))
        if not told or told[0].passage.id != general.hits[0].passage.id:
            return found
        if watch and apart:
            watch.go_on("any_model", apart, found.hits, general.hits)
        return replace(general, hits=tuple(told), without=tuple(written))

    def _or_in_part(self, found: Retrieved, parts: Sequence[_Asked]) -> Retrieved:
        """What was found, surer where a part of the message by itself leads to the same article.

        Who tells a story around a question uses words that what answers it does not know. So the part that is surest is
        believed more than the whole, and the log odds lie between those of both.
        """
        sure, surest, reading = found.confidence, "", found.timings.get("reader", 0.0)
        for part in parts:
            alone = self._or_of_any_model(self._judged(part, None, None), part, None)
            reading += alone.timings.get("reader", 0.0)
            is_same = bool(alone.hits) and alone.hits[0].passage.article == found.hits[0].passage.article
            if is_same and alone.confidence > sure:
                sure, surest = alone.confidence, part.text
        found = replace(found, part=surest, timings={"reader": reading} if reading else {})
        return _as_sure_as(between(found.confidence, sure, _PART_COUNTS), found, "part") if surest else found

    def _or_untranslated(self, found: Retrieved, asked: _Asked, watch: Watch | None) -> Retrieved:
        """What was found, or what articles say that are not there in the question's language, if that is surer."""
        missing = self._untranslated(asked.language, asked.audiences)
        if not missing.locales:
            return found
        least, most = of_either(found.confidence, MOST_SURE, missing.share)
        # Whatever the other one would find: the turn rests on this search, or the other one could not be sure enough.
        settled = least >= found.threshold or most < found.threshold
        abroad = None if settled else self._abroad(asked, missing.locales)
        if abroad is None:
            return found
        apart = Watch(watch.about) if watch else None
        elsewhere = self._judged(asked, abroad, apart, untranslated=True)
        home, other = of_either(found.confidence, elsewhere.confidence, missing.share)
        if other <= home:
            return _as_sure_as(home, found, "untranslated")
        if watch and apart:
            watch.go_on("untranslated", apart, found.hits, elsewhere.hits)
        told = replace(elsewhere, hits=tuple(followed_by(elsewhere.hits, found.hits)))
        return _as_sure_as(other, told, "untranslated")

    def _judged(
        self, asked: _Asked, abroad: Abroad | None, watch: Watch | None, untranslated: bool = False
    ) -> Retrieved:
        """What one search finds, and how sure it is; its timings are those of reading alone."""
        found = self._find(asked, abroad, watch, untranslated)
        values = features(found.evidence)
        calibration = self._calibration().abroad() if abroad else self._calibration()
        return Retrieved(
            hits=tuple(found.hits),
            confidence=calibration.probability(values) if found.hits else 0.0,
            threshold=calibration.threshold(asked.error_budget),
            features=named(values),
            degraded=", ".join(found.missing),
            timings={"reader": found.reading} if found.reading else {},
            weighed=calibration.weighed(values) if found.hits else {},
            meanings=found.forms,
        )

    def as_embedded(self, query: str, language: str) -> str:
        """The query as it is embedded: its slips put right, in the script that articles are written in."""
        return self._in_written_script(self._spelled(query).text, language)

    def _in_written_script(self, query: str, language: str) -> str:
        """The query in the Chinese script that articles are written in, when they are written in one only.

        The encoder knows both scripts, but finds more within one: on 250 questions of DRCD's development set, hit@1 is
        .78 where question and passages are of one script, either one, and .74 to .76 where they are not.
        """
        if not is_chinese(language):
            return query
        written = {locale for locale in self._locales() if is_chinese(locale)}
        if written == {"zh-Hans"}:
            return to_simplified(query)
        return to_traditional(query) if written == {"zh-Hant"} else query

    def _locales(self) -> frozenset[str]:
        """The locales that articles are published in."""
        return self._of_all_articles(
            "locales", lambda session: frozenset(articles.locales_in_use(session, published=True))
        )

    def _vector(self, query: str) -> tuple[Any, str]:
        """The query's vector and the fingerprint of the model that made it; None while no model serves."""
        (vector,), model = self._vectors(query)
        return vector, model

    def _vectors(self, query: str, parts: Sequence[str] = ()) -> tuple[Sequence[Any], str]:
        """The vectors of a query and of parts of it, and the fingerprint of the model that made them."""
        serving = self._index.serving
        if serving is not None:
            model = serving.embedder.fingerprint
            keys = [(model, query), *((model, query, part) for part in parts)]
            made: Sequence[Any] = [self._asked.get(key) for key in keys]
            with suppress(ModelUnavailable):
                if any(vector is None for vector in made):
                    made = list(serving.embedder.embed_query_and_parts(query, parts))
                    self._asked |= zip(keys, made, strict=True)
                    while len(self._asked) > _ASKED_KEPT:
                        self._asked.popitem(last=False)
                return made, model
        return [None] * (1 + len(parts)), ""

    def warm_up(self, encoder: Encoder) -> None:
        """Find out now what the first question that needs it would wait for."""
        self._languages.warm_up(encoder)

    def asked(self, query: str, model: str) -> Any:
        """The vector that this model made of a question just searched for; None once it is no longer at hand.

        Neither whoever files an unanswered question nor the customer's next one need embed it again.
        """
        return self._asked.get((model, self._spelled(query).text))

    def _spelled(self, query: str) -> Spelled:
        with suppress(IndexBroken):
            return spelled(query, self._index.keywords.document_frequency)
        return Spelled(query, {})

    def _find(self, asked: _Asked, abroad: Abroad | None, watch: Watch | None, untranslated: bool) -> Found:
        readers = tuple(Audience(audience) for audience in asked.audiences)

        def nearest(wanted: Any, depth: int) -> Sequence[tuple[str, float]]:
            return self._index.dense(wanted, depth, asked.model)

        def live(ids: Sequence[str]) -> Mapping[str, LivePassage]:
            found = self._live(ids, readers)
            return self._not_in(asked.language, readers, found) if untranslated else found

        searcher = Searcher(
            abroad.nearest(nearest) if abroad else nearest,
            self._index.keywords,
            live,
            self._index.vectors_of,
            abroad.lift if abroad else 0.0,
            self._reading(asked.text, asked.language),
            forms(asked.text, asked.language, abroad.written) if abroad else None,
        )
        with self._database.reading_once():
            vector = abroad.vector if abroad else asked.vector
            return searcher.find(vector, asked.words, asked.language, asked.k, watch)

    def _reading(self, query: str, language: str) -> Reading | None:
        reader = self._index.reader
        return None if reader is None else Reading(reader, self._in_written_script(query, language), self._patient)

    def _abroad(self, asked: _Asked, written: frozenset[str]) -> Abroad | None:
        serving = self._index.serving
        if asked.vector is None or serving is None:
            return None
        with suppress(ModelUnavailable):
            return self._languages.abroad(asked.vector, asked.language, written, serving.embedder)
        return None

    def _untranslated(self, language: str, audiences: frozenset[str]) -> articles.Untranslated:
        """The articles that this audience cannot read in the question's language."""
        own, readers = primary(language), [Audience(audience) for audience in audiences]
        return self._of_all_articles((own, audiences), lambda session: articles.untranslated(session, own, readers))

    def _of_all_articles(self, what: Hashable, look: Callable[[Any], Known]) -> Known:
        """What SQL says of all articles, which no turn asks anew."""
        looked, known = self._kept.get(what, (-_ARTICLES_KEPT, None))
        if time.monotonic() - looked > _ARTICLES_KEPT:
            with self._database.read() as session:
                known = look(session)
            self._kept[what] = (time.monotonic(), known)
        return cast(Known, known)

    def _not_in(
        self, language: str, readers: Sequence[Audience], live: Mapping[str, LivePassage]
    ) -> Mapping[str, LivePassage]:
        """Those of the passages whose articles these readers cannot read in this language."""
        own = primary(language)
        with self._database.read() as session:
            has = articles.translated(session, {passage.article for passage in live.values()}, own, readers)
        # A draft that is tried out before it is published, too.
        has |= {passage.article for passage in live.values() if primary(passage.locale) == own}
        return {name: passage for name, passage in live.items() if passage.article not in has}

    def _live(self, ids: Sequence[str], readers: Sequence[Audience]) -> Mapping[str, LivePassage]:
        """Those of the passages that these readers may see right now: SQL's word, whatever an index says."""
        with self._database.read() as session:
            return passages.live(session, list(ids), readers)


def _as_sure_as(confidence: float, found: Retrieved, reason: str) -> Retrieved:
    """What was found, more or less sure for what another search found."""
    if not found.hits:
        return found
    moved = log_odds(confidence) - log_odds(found.confidence)
    return replace(found, confidence=confidence, weighed={**found.weighed, reason: moved})


def read_together(*vectors: Any) -> Any:
    """The vector of a question that is read together with those before it, made of the vectors of all, oldest first."""
    mixed, *later = vectors
    for vector in later:
        mixed = (1.0 - _BEFORE) * vector + _BEFORE * mixed
        mixed /= np.linalg.norm(mixed)
    return mixed
