"""Files of every format become the articles that their authors meant."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from assistant.domain.articles import ArticleKey, ArticleStatus, Audience
from ingest.failures import Failure
from ingest.parse import parse, read_articles
from ingest.parsed import ParsedArticle, Reading
from ingest.sources import SourceFile


def script(text: str) -> str | None:
    """A stand-in for language detection that tells scripts apart."""
    return "zh-Hans" if any("\u4e00" <= char <= "\u9fff" for char in text) else None


READING = Reading(detect=script)


def read(path: str, data: str | bytes, reading: Reading = READING) -> list[ParsedArticle | Failure]:
    return list(parse(SourceFile(path, data.encode() if isinstance(data, str) else data), reading))


def article(path: str, data: str | bytes, reading: Reading = READING) -> ParsedArticle:
    (found,) = read(path, data, reading)
    assert isinstance(found, ParsedArticle), found
    return found


def failure(path: str, data: str | bytes) -> str:
    (found,) = read(path, data)
    assert isinstance(found, Failure), found
    assert found.path == path
    return found.reason


def articles(found: list[ParsedArticle | Failure]) -> list[ParsedArticle]:
    return [each for each in found if isinstance(each, ParsedArticle)]


def reasons(found: list[ParsedArticle | Failure]) -> list[str]:
    return [each.reason for each in found if isinstance(each, Failure)]


class TestMarkdown:
    def test_front_matter_says_everything(self) -> None:
        found = article(
            "en/hub.md",
            "---\nid: hub-reset\ntitle: Reset\nlocale: zh-TW\ncategory: help\ntags: [a, b]\naudience: agents\n"
            'status: draft\nalternates:\n  - "how: do I"\n  - 重置\nowner: Ada\n---\n\nBody.\n',
        )
        assert found.key == ArticleKey("hub-reset", "zh-Hant")
        assert (found.content.title, found.content.body, found.content.category) == ("Reset", "Body.", "help")
        assert found.content.tags == ("a", "b")
        assert found.content.alternates == ("how: do I", "重置")
        assert found.content.audience is Audience.AGENTS
        assert found.status is ArticleStatus.DRAFT

    def test_scalars_stay_as_written(self) -> None:
        found = article("a.md", "---\nid: 007\ntitle: 1.10\ntags: [yes, 2024-01-02]\n---\nBody")
        assert (found.key_id, found.content.title, found.content.tags) == ("007", "1.10", ("yes", "2024-01-02"))

    def test_the_first_heading_is_the_title_and_leaves_the_body(self) -> None:
        found = article("a.md", "# Reset *the* hub\n\nBody.\n\n## More\n\nText.")
        assert found.content.title == "Reset the hub"
        assert found.content.body == "Body.\n\n## More\n\nText."
        assert found.status is ArticleStatus.PUBLISHED

    def test_a_heading_that_repeats_the_title_leaves_and_another_stays(self) -> None:
        assert article("a.md", "---\ntitle: Same\n---\n# Same\n\nBody").content.body == "Body"
        assert article("a.md", "---\ntitle: One\n---\n# Two\n\nBody").content.body == "# Two\n\nBody"

    def test_the_file_name_is_the_last_resort(self) -> None:
        assert article("x/reset-the_hub.md", "Body.").content.title == "reset the hub"

    def test_comments_go_and_code_keeps_them(self) -> None:
        body = article("a.md", "One.<!-- note\nto self -->\n\n```html\n<!-- kept -->\n```\n").content.body
        assert body == "One.\n\n```html\n<!-- kept -->\n```"

    def test_a_rule_at_the_top_is_no_front_matter(self) -> None:
        assert article("a.md", "---\nJust text.\n---\nMore.").content.body.startswith("---\nJust text.")
        assert article("a.md", "---\n\nText.").content.body == "---\n\nText."

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("---\ntitle: a\ntags: [a, b\n---\nBody", "broken on line 3"),
            ("---\ntitle: a\n\tid: b\n---\nBody", "broken on line 3"),
            ("---\n- a\n- b\n---\nBody", "broken on line 2"),
            ("---\ntitle: a\nBody without end", "never closed"),
            ("---\ntitle: a\naudience: everyone\n---\nBody", "audience “everyone” is not one of public"),
            ("---\nstatus: live\n---\nBody", "status “live” is not one of draft"),
            ("---\nlocale: Klingon!\n---\nBody", "not a language tag"),
            ("---\nid: ../../etc\n---\nBody", "id “../../etc” cannot be used"),
            ("---\nalternates:\n  - a: b\n---\nBody", "“alternates” must be a list of texts"),
            ("---\ntitle: a\n---\n\n", "no text below"),
            ("---\nx: " + "[" * 3000 + "\n---\nBody", "broken"),
            ("# Only a title\n", "no text below"),
            ("", "empty"),
        ],
    )
    def test_what_is_wrong_is_named(self, text: str, said: str) -> None:
        assert said in failure("a.md", text)

    def test_an_article_of_enormous_length_fails(self) -> None:
        assert "Split it" in failure("a.md", "word " * 300_000)

    def test_aliases_cannot_blow_up(self) -> None:
        levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
        assert "list of texts" in failure("a.md", f"---\nl0: &l0 [x]\n{levels}\ntags: *l11\n---\nBody")


class TestPlaceAndLocale:
    @pytest.mark.parametrize(
        ("path", "key", "locale"),
        [
            ("en/hub.md", "hub", "en"),
            ("zh-CN/setup/hub.md", "setup/hub", "zh-Hans"),
            ("zh_TW/hub.md", "hub", "zh-Hant"),
            ("setup/en/hub.md", "setup/en/hub", "en"),
            ("zh.zip/text/a.md", "text/a", "zh-Hans"),
            ("en.md", "en", "en"),
            ("v1.2.md", "v1.2", "en"),
            ("set\u200bup/\u202edm.hub.md", "setup/dm.hub", "en"),  # no characters that nobody sees
            ("\u200b.md", "\u200b", "en"),
        ],
    )
    def test_the_path_gives_id_and_locale(self, path: str, key: str, locale: str) -> None:
        found = article(path, "Words.")
        assert found.key == ArticleKey(key, locale)

    def test_a_given_id_has_no_character_that_nobody_sees(self) -> None:
        assert article("a.md", '---\nid: "set\u202eup"\n---\nWords.').key_id == "setup"

    def test_the_order_is_article_option_html_folder_text_default(self) -> None:
        option = Reading(locale="zh-HK", detect=script)
        said = "---\nlocale: en-GB\n---\nBody"
        page = '<html lang="{}"><title>T</title><p>退货说明</p>'
        order = [
            article("zh/a.md", said, option),
            article("en/a.html", page.format("en"), option),
            article("zh/a.html", page.format("en-US")),
            article("zh/a.html", page.format("{{ lang }}")),
            article("a.html", page.format("")),
            article("a.md", "Body"),
        ]
        assert [(found.locale, found.locale_from) for found in order] == [
            ("en", "article"),
            ("zh-Hant", "option"),
            ("en", "html"),
            ("zh-Hans", "folder"),
            ("zh-Hans", "detected"),
            ("en", "default"),
        ]


class TestFaq:
    def test_jsonl_gives_an_article_a_line(self) -> None:
        lines = [
            {
                "id": "EMI",
                "question": "EMI?",
                "alternates": ["loan", "EMI", " "],
                "answer": "Yes.",
                "category": "pay",
            },
            {"question": "Return?", "answer": "7 days."},
        ]
        one, two = articles(read("faq.jsonl", "\n\n".join(map(json.dumps, lines)) + "\n"))
        assert one.key_id == "EMI"
        assert one.content.alternates == ("loan", "EMI")
        assert (one.content.title, one.content.body, one.content.category) == ("EMI?", "Yes.", "pay")
        assert two.key_id == "faq/2"

    def test_bad_lines_fail_by_themselves_with_their_number(self) -> None:
        found = read(
            "faq.jsonl", '{"question": "a", "answer": "b"}\n{oops\n[1]\n{"question": "c"}\n{"answer": "d"}\n{}'
        )
        assert len(articles(found)) == 1
        assert [reason.split()[:2] for reason in reasons(found)] == [
            ["Line", f"{n}{c}"] for n, c in zip("23456", ["", "", ":", ":", ":"], strict=True)
        ]

    def test_a_file_of_nonsense_is_given_up(self) -> None:
        found = reasons(read("faq.jsonl", "nonsense\n" * 500))
        assert len(found) == 51
        assert "rest of the file was not read" in found[-1]

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_csv_with_english_headers_in_any_dialect(self, separator: str) -> None:
        rows = (
            ["Question", "Answer", "Alternates", "Locale"],
            ["Why, or; when?", 'Say "yes"\nor no.', "a|b | a", "zh-TW"],
        )
        text = "\r\n".join(separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
        found = article("faq.csv", text)
        assert found.content.title == "Why, or; when?"
        assert found.content.body == 'Say "yes"\nor no.'
        assert found.content.alternates == ("a", "b")
        assert found.locale == "zh-Hant"

    @pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
    def test_csv_with_chinese_headers_in_chinese_encodings(self, encoding: str) -> None:
        text = "分类,标准问,相似问,答案\n售后,怎么退货,如何退货｜我要退货|退货流程,七天内在订单页申请。\n"
        found = article("常见问题.csv", text.encode(encoding))
        assert found.key == ArticleKey("常见问题/1", "zh-Hans")
        assert found.content.category == "售后"
        assert found.content.alternates == ("如何退货", "我要退货", "退货流程")
        assert found.content.body == "七天内在订单页申请。"

    def test_csv_rows_that_lack_an_answer_name_their_line(self) -> None:
        found = read("faq.csv", "question,answer\na,b\n\nc,\nd,e\n")
        assert [each.content.title for each in articles(found)] == ["a", "d"]
        assert reasons(found) == ["Row 4: The question has no answer."]

    def test_csv_without_the_columns_says_what_it_needs(self) -> None:
        assert "it has: name, price" in failure("faq.csv", "name,price\na,b\n")

    def test_xlsx_from_a_spreadsheet_program(self) -> None:
        book = openpyxl.Workbook()
        book.worksheets[0].append(["本表为导出说明"])
        sheet = book.create_sheet("FAQ")
        sheet.append(["编号", "标准问", "答案", "相似问", "分类"])
        sheet.append([12, "怎么退货", "七天内申请。", "退货|如何退", "售后"])
        sheet.append([None, None, None, None, None])
        sheet.append([13.0, "保修多久", 2, None, None])
        buffer = io.BytesIO()
        book.save(buffer)
        one, two = articles(read("faq.xlsx", buffer.getvalue()))
        assert (one.key_id, one.content.title, one.content.alternates) == ("12", "怎么退货", ("退货", "如何退"))
        assert (two.key_id, two.content.body) == ("13", "2")

    def test_a_broken_workbook_and_a_bomb_fail_with_a_reason(self) -> None:
        assert "damaged" in failure("faq.xlsx", b"PK no workbook")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
        assert "zip bomb" in failure("faq.xlsx", buffer.getvalue())
        with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
            archive.writestr("readme.txt", "no workbook")
        assert "cannot be read" in failure("faq.xlsx", buffer.getvalue())

    def test_passage_collections_keep_id_title_and_text(self) -> None:
        lines = [
            {"id": "a-0", "title": "泡泡战士", "text": "一款游戏。"},
            {"id": "b", "title": "", "text": "\nLong " * 40},
        ]
        one, two = articles(read("passages.jsonl", "\n".join(map(json.dumps, lines))))
        assert (one.key, one.content.title) == (ArticleKey("a-0", "zh-Hans"), "泡泡战士")
        assert two.content.title.startswith("Long")
        assert len(two.content.title) <= 80

    def test_one_changed_row_changes_one_digest(self) -> None:
        before = articles(read("faq.csv", "question,answer\na,b\nc,d\n"))
        after = articles(read("faq.csv", "question,answer\na,b\nc,changed\n"))
        assert [one.digest == two.digest for one, two in zip(before, after, strict=True)] == [True, False]


class TestText:
    def test_a_short_first_line_is_the_title(self) -> None:
        found = article("note.txt", "Opening hours\n\n    We open at nine.\n1. Come\n2. Wait\n")
        assert found.content.title == "Opening hours"
        assert found.content.body == "We open at nine.\n1. Come\n2. Wait"

    def test_otherwise_the_file_name_is(self) -> None:
        assert article("opening-hours.txt", "We open at nine.").content.title == "opening hours"


class TestImport:
    def test_translations_share_an_id_and_repeats_fail_naming_both_places(self, tmp_path: Path) -> None:
        for name, text in (
            ("en/a.md", "---\nid: hub\n---\nOne."),
            ("en/b.md", "---\nid: hub\n---\nTwo."),
            ("zh/a.md", "---\nid: hub\n---\n重置。"),
            ("zh/broken.md", "---\nid: [\n---\nx"),
        ):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        found = list(read_articles([tmp_path], READING))
        assert [each.key for each in articles(found)] == [ArticleKey("hub", "en"), ArticleKey("hub", "zh-Hans")]
        repeated, broken = reasons(found)
        assert "en/a.md" in repeated
        assert "en/b.md" in repeated
        assert "front matter is broken" in broken

    def test_the_same_folder_gives_the_same_articles(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").write_text("# A\n\nText.")
        (tmp_path / "f.csv").write_text("question,answer\na,b\n")
        assert list(read_articles([tmp_path], READING)) == list(read_articles([tmp_path], READING))
