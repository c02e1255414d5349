"""Articles that could be meant alike, the same told of several products, and the few words that tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.domain.answers import Hit
from assistant.flow.places import with_characters, words_of
from assistant.knowledge.segment import content_words, pieces

MOST = 4
# How far an article's score may lie behind the best one's, where search tells of several that could be meant.
_NEAR = 2.0
# Of the question's words the alternatives know at least this share (of a few words, all), and each about as many.
_KNOWN, _ALL, _AS_WELL = 0.4, 1.0, 0.25
# A question of this many words says nothing that search could have told the articles apart by.
_FEW = 3
# A longer one speaks of the titles' subject if it has this share of what they have in common.
_SPOKEN_OF = 0.4
# Titles follow one pattern if what they share is this much of each, and this much of the shortest.
_MUCH, _HALF = 0.3, 0.5
_LONGEST_NAME = 60
# Joined to what stands before them, since alone they name nothing: the 14 of season 14, the H2 of Hub H2.
_SHORT_NAME = 3
_EDGE = " \t:：,，、;；-–—|·"


@dataclass(frozen=True, slots=True)
class Alternative:
    """An article that could be meant: its best hit, and the words that tell it from the others."""

    hit: Hit
    name: str


def best_of_each_article(hits: Sequence[Hit]) -> list[Hit]:
    """The best hit of each article, best first."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.passage.article, hit)
    return list(best.values())


def parallel(query: str, said: str, hits: Sequence[Hit], *, sure: bool) -> tuple[Alternative, ...]:
    """The articles between which a question leaves the choice; empty where it does not.

    Their titles say the same but for one place ("Restart your Hub H1", "Restart your Hub H2"), which neither the
    question nor what was ``said`` before names; the question speaks of what they share, and each knows about it as
    much as the others. Where search is ``sure`` of the best one, only a question of few words leaves the choice, but
    then whatever the scores: nothing in it can have told them apart.
    """
    few = len(frozenset(content_words(query))) <= _FEW
    if sure and not few:
        return ()
    ranked = best_of_each_article(hits)
    near = [hit for hit in ranked if few or ranked[0].score - hit.score <= _NEAR]
    if len(near) < 2:
        return ()
    asked = frozenset(content_words(query))
    like, names = _of_one_pattern(asked, near)
    if not names or not _leaves_open(asked | frozenset(content_words(said)), like, names):
        return ()
    enough = 0.0 if few else _SPOKEN_OF
    if _share(asked, _shared(like)) <= enough or not _know_alike(asked, like, hits):
        return ()
    return tuple(map(Alternative, like, names))


def named(hits: Sequence[Hit]) -> tuple[Alternative, ...]:
    """The hits under the names that tell them apart: what differs in their titles, or the whole title."""
    titles = [hit.passage.title for hit in hits]
    names = _differing(titles) or [
        title if titles.count(title) == 1 else _with_place(hit) for title, hit in zip(titles, hits, strict=True)
    ]
    return tuple(map(Alternative, hits, names)) if len(set(names)) == len(names) else ()


def about_the_topic(query: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Of a message that is a mere topic, the nearest articles with all of it in their titles or headings."""
    topic = frozenset(content_words(query))
    ranked = best_of_each_article(hits)
    near = [hit for hit in ranked if ranked[0].score - hit.score <= _NEAR]
    return tuple(hit for hit in near if topic and topic <= _title_words(hit))[:MOST]


def picked(text: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits with those of the article first that a customer's answer to a question back names; empty if none is.

    An article is named by a title that has all words of the answer, or by one that the answer has whole.
    """
    said = frozenset(content_words(text))
    for hit in best_of_each_article(hits):
        title = _meant_by(hit.passage.title)
        if said and title and (said <= _title_words(hit) or title <= said):
            article = hit.passage.article
            return tuple(sorted(hits, key=lambda other: other.passage.article != article))
    return ()


def _of_one_pattern(asked: frozenset[str], near: Sequence[Hit]) -> tuple[list[Hit], list[str]]:
    """The first hit and those whose titles follow its pattern and have as much of the question, with their names."""
    like, names = [near[0]], list[str]()
    for hit in near[1:]:
        told = _differing([one.passage.title for one in (*like, hit)])
        if told and asked & _shared([*like, hit]) == asked & _shared([near[0]]) and len(like) < MOST:
            like, names = [*like, hit], told
    return like, names


def _meant_by(title: str) -> frozenset[str]:
    """The words of a title that mean something."""
    return frozenset(content_words(title))


# Kept: the same few titles are looked at again and again, and cutting them is most of the work here.
@lru_cache(maxsize=4096)
def _cut(title: str) -> tuple[str, ...]:
    return tuple(pieces(title))


def _title_words(hit: Hit) -> frozenset[str]:
    return _meant_by(f"{hit.passage.title}\n{hit.passage.heading}")


def _shared(hits: Sequence[Hit]) -> frozenset[str]:
    """The words that all titles have."""
    return frozenset.intersection(*(_meant_by(hit.passage.title) for hit in hits))


def _share(some: frozenset[str], every: frozenset[str]) -> float:
    return len(some & every) / len(every) if every else 0.0


def _with_place(hit: Hit) -> str:
    place = hit.passage.heading.rpartition(" › ")[2] or hit.passage.category
    return f"{hit.passage.title}: {place}" if place else hit.passage.title


def _differing(titles: Sequence[str]) -> list[str]:
    """The one part in which titles of one pattern differ; empty where they are of none."""
    cut = [_cut(title) for title in titles]
    before = _common(cut)
    after = _common([title[::-1] for title in cut], min(map(len, cut)) - before)
    slots = [title[before : len(title) - after] for title in cut]
    frame = cut[0][:before] + cut[0][len(cut[0]) - after :]
    if any(len("".join(slot).strip(_EDGE)) <= _SHORT_NAME for slot in slots):
        before = max((place for place in range(before) if cut[0][place].strip(_EDGE)), default=before)
    names = ["".join(title[before : len(title) - after]).strip(_EDGE) for title in cut]
    if max(map(len, names)) > _LONGEST_NAME or len({name.lower() for name in names}) < len(names):
        return []
    told = _is_pattern(frame, titles) and all(content_words("".join(slot)) for slot in slots)
    return names if told else []


def _is_pattern(frame: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether what titles share around the place where they differ means something, and is much of what they say."""
    words = [_meant_by(title) for title in titles]
    shared, lengths = len(frozenset.intersection(*words)), [len(every) for every in words]
    return shared >= max(_MUCH * max(lengths), _HALF * min(lengths)) and bool(content_words("".join(frame)))


def _common(titles: Sequence[Sequence[str]], most: int | None = None) -> int:
    """How many pieces all begin with."""
    length = 0
    for column in zip(*titles, strict=False):
        if length == most or len({piece.lower() for piece in column}) > 1:
            break
        length += 1
    return length


def _leaves_open(told: frozenset[str], hits: Sequence[Hit], names: Sequence[str]) -> bool:
    """Whether nothing that was told is a word of what only one of the titles says."""
    shared = with_characters(_shared(hits))
    own = [with_characters(content_words(name)) - shared for name in names]
    return not with_characters(told) & frozenset().union(*own) - frozenset.intersection(*own)


def _know_alike(asked: frozenset[str], like: Sequence[Hit], hits: Sequence[Hit]) -> bool:
    """Whether the articles know much of the question, and about as much each."""
    shares = []
    for one in like:
        article = one.passage.article
        found = [words_of(hit) | _title_words(hit) for hit in hits if hit.passage.article == article]
        shares.append(_share(frozenset().union(*found), asked))
    return max(shares) >= (_ALL if len(asked) <= _FEW else _KNOWN) and max(shares) - min(shares) <= _AS_WELL
