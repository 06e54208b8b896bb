#!/usr/bin/env python3
"""What Markdown becomes: of each text of a JSON list on standard input its tags and its words, as a JSON list.

CommonMark with tables, strikethrough, HTML and links found in bare text (markdown-it-py), which is what a forge renders a
comment with, and more: it links names without a scheme too. `prose` is the text outside of code, `all` every text; a
zero-width space stays where it is, since a forge looks for mentions in the text with it.
"""

import json
import sys
from html.parser import HTMLParser

from markdown_it import MarkdownIt


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.prose, self.all, self.code = set(), "", "", 0

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.code += tag in ("code", "pre")

    def handle_endtag(self, tag):
        self.code -= tag in ("code", "pre")

    def handle_data(self, data):
        self.all += data
        if not self.code:
            self.prose += data


def read(text):
    reader = Reader()
    reader.feed(markdown.render(text))
    reader.close()
    return {"tags": sorted(reader.tags), "prose": reader.prose, "all": reader.all}


markdown = MarkdownIt("gfm-like", {"html": True, "linkify": True})
markdown.linkify.set({"fuzzy_link": True, "fuzzy_email": True, "fuzzy_ip": True})
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
