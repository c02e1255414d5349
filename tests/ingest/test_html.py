"""Web pages become the Markdown that a person would have written for them."""

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fragment_fromstring

from assistant.domain.markdown import plain_text, render_markdown
from ingest.failures import Failure
from ingest.html import html_markdown
from ingest.parse import parse, read_articles
from ingest.parsed import ParsedArticle, Reading
from ingest.sources import SourceFile
from ingest.split import split

LIBREOFFICE = Path(__file__).parents[2].parent / "shared" / "data" / "libreoffice_help"


def page(body: str, path: str = "text/guide/a.html", head: str = "<title>Title</title>") -> ParsedArticle:
    html = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    (found,) = parse(SourceFile(path, html.encode()), Reading())
    assert isinstance(found, ParsedArticle), found
    return found


def markdown(body: str) -> str:
    return page(body).content.body


def test_boilerplate_is_left_out() -> None:
    body = markdown(
        "<header><a href='/'>Logo</a></header><nav>Menu</nav><aside>Side</aside><script>x()</script><style>p{}</style>"
        "<p>Words.</p><div class='breadcrumb'><a href='a.html'>Home</a> / <a href='b.html'>Help</a></div>"
        "<div class='related'><p>Related</p><a href='c.html'>Other page</a></div><form><button>Send</button></form>"
        "<template>hidden</template><p hidden>hidden</p><footer>Imprint</footer><!-- comment -->"
    )
    assert body == "Words."


def test_main_content_keeps_its_own_header_and_notes() -> None:
    found = page("<p>Chrome</p><main><header><h1>How to</h1></header><p>Words.</p><aside>Note.</aside></main>")
    assert (found.content.title, found.content.body) == ("How to", "Words.\n\nNote.")


def test_the_title_is_the_heading_or_the_page_title() -> None:
    assert page("<h1>Heading</h1><p>x</p>").content.title == "Heading"
    assert page("<h1>One</h1><p>x</p><h1>Two</h1><p>y</p>").content.title == "Title"
    assert page("<h1>Title</h1><p>x</p><h1>Two</h1><p>y</p>").content.body == "x\n\n# Two\n\ny"
    assert page("<p>x</p>", head="").content.title == "a"


def test_steps_and_nested_lists() -> None:
    assert markdown(
        "<ol start=3><li><p>Open <b>Settings</b>.</p><p>Wait.</p></li>"
        "<li>Choose:<ul><li>A</li><li>B</li></ul></li></ol>"
    ) == ("3. Open **Settings**.\n\n   Wait.\n4. Choose:\n   - A\n   - B")


def test_data_tables_become_pipe_tables_with_merged_cells_told_again() -> None:
    assert markdown(
        "<table><tr><th>Code</th><th>Meaning</th></tr><tr><td rowspan=2>E|1</td><td><p>One</p><p>more</p></td></tr>"
        "<tr><td>Two</td></tr><tr><td colspan=2>All</td></tr></table>"
    ) == ("| Code | Meaning |\n|---|---|\n| E\\|1 | One more |\n| E\\|1 | Two |\n| All |  |")


def test_layout_tables_dissolve() -> None:
    assert markdown("<table><tr><td><h2>A</h2><p>One</p></td><td><p>Two</p></td></tr></table>") == "## A\n\nOne\n\nTwo"
    assert markdown("<table role=presentation><tr><td>A</td><td>B</td></tr><tr><td>C</td><td>D</td></tr></table>") == (
        "A\n\nB\n\nC\n\nD"
    )


def test_code_keeps_its_lines_and_language() -> None:
    assert markdown("<pre><code class='language-python'>\n    if x:\n        y()\n</code></pre>") == (
        "```python\nif x:\n    y()\n```"
    )
    assert markdown("<p>Use <code>a`b</code> here.</p>") == "Use ``a`b`` here."


def test_links_lead_to_articles_and_scripts_nowhere() -> None:
    head = '<title>T</title><base href="../../../">'
    body = (
        '<p><a href="en-US/text/shared/b.html?x=1#bm">B</a> <a href="https://w.example/c_(d).html">C</a> '
        '<a href="javascript:x()">D</a> <a href="#top">E</a> <a name="f"></a>F</p>'
    )
    assert page(body, head=head).content.body == ("[B](../shared/b.html) [C](https://w.example/c_%28d%29.html) D E F")


def test_pictures_leave_their_words_only_within_a_sentence() -> None:
    assert markdown('<p>Press <img src="i.png" alt="the gear"> now.</p><p><img src="j.png" alt="Screenshot"></p>') == (
        "Press the gear now."
    )


def test_hidden_variants_of_a_sentence_keep_it_whole() -> None:
    assert (
        markdown(
            "<p>Press <span><span hidden id='MAC1'>Command</span><span hidden id='default1'>Ctrl</span></span>+F.</p>"
        )
        == "Press Ctrl+F."
    )
    assert markdown("<p>On <span><span hidden>A</span><span hidden>B</span></span>.</p>") == "On A / B."


def test_folded_answers_are_headed_by_their_question() -> None:
    assert markdown("<details><summary>How long?</summary>Two days.</details>") == "## How long?\n\nTwo days."


def test_declared_chinese_encodings_are_read() -> None:
    html = '<html lang="zh-CN"><meta charset="gb2312"><title>退货</title><body><p>七天内可以退。</p></body></html>'
    (found,) = parse(SourceFile("a.html", html.encode("gbk")), Reading())
    assert isinstance(found, ParsedArticle)
    assert (found.content.title, found.content.body, found.locale) == ("退货", "七天内可以退。", "zh-Hans")


def test_a_page_without_words_fails() -> None:
    (found,) = parse(SourceFile("a.html", b"<img src=x>"), Reading())
    assert isinstance(found, Failure)
    assert "no text" in found.reason


@pytest.mark.parametrize(
    "text",
    [
        "1. not a list",
        "# not a heading",
        "- not a list",
        "> not a quotation",
        "a * b * c and *stars*",
        "snake_case and _underlined_",
        "[not](a-link) ![nor](image)",
        "C:\\new\\*.txt",
        "`ticks` and ~~waves~~",
        "&lt; and &#42; as written",
        "<b> as text",
        "---",
        "*",
        "| not | a table |",
        "<https://not.a.link>",
    ],
)
def test_text_that_looks_like_markdown_stays_text(text: str) -> None:
    element = fragment_fromstring("<div><p></p></div>")
    element[0].text = text
    assert plain_text(html_markdown(element)) == text


@given(st.text(alphabet="ab1 .*_`~[](){}<>#+-=!&;:\\|\n", max_size=60))
def test_no_text_of_a_page_turns_into_markup(text: str) -> None:
    element = fragment_fromstring("<div><p></p></div>")
    element[0].text = text
    assert plain_text(html_markdown(element)).split() == text.split()


def test_a_page_nested_without_end_is_read_without_harm() -> None:
    assert page("<p>Words.</p>" + "<div>" * 20_000 + "deep").content.body.startswith("Words.")


def test_hostile_pages_render_harmless() -> None:
    body = markdown(
        '<p onclick="x()">&lt;script&gt;alert(1)&lt;/script&gt; <a href="javascript:alert(1)">x</a></p><svg onload=x>'
    )
    assert "<script" not in render_markdown(body)
    assert "javascript" not in render_markdown(body)


@pytest.mark.skipif(not LIBREOFFICE.exists(), reason="needs the development data in ../shared/data")
@pytest.mark.parametrize(("name", "locale"), [("en", "en"), ("zh", "zh-Hans")])
def test_a_real_help_site_is_read_clean_and_fast(name: str, locale: str) -> None:
    began = time.process_time()
    found = list(read_articles([LIBREOFFICE / f"{name}.zip"], Reading()))
    articles = [each for each in found if isinstance(each, ParsedArticle)]
    passages = [passage for each in articles for passage in split(each.key, each.content)]
    assert time.process_time() - began < 60
    assert len(articles) >= 2540
    assert len(passages) > 8 * len(articles)
    assert {each.locale for each in articles} == {locale}
    assert all(each.content.title for each in articles)
    for each in random.Random(1).sample(articles, 200):
        assert not re.search(r"Help content debug|Related Topics|相关主题", each.content.body), each.key_id
        assert "<" not in re.sub(r"<(/?)[a-z0-9]+[^<>]*>", "", render_markdown(each.content.body))


def test_a_page_of_pictures_keeps_its_title_as_its_text() -> None:
    article = page("<img src='p.png'>", head="<title>Colour palette</title>")
    assert (article.content.title, article.content.body) == ("Colour palette", "Colour palette")


def test_an_address_that_is_none_leaves_its_words() -> None:
    assert markdown('<p>See <a href="http://[x">the page</a> and <img src="http://[x" alt="it">.</p>') == (
        "See the page and it."
    )
