"""What the tests of the readers share: a page with everything around its article, and a maker of Word documents."""

import io
from collections.abc import Callable
from zipfile import ZipFile

import pytest

PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Why rest helps | River Studio</title>
<meta property="og:title" content="Why rest helps | River Studio"><meta property="og:site_name" content="River Studio">
<meta name="description" content="What a quiet evening does for your muscles.">
<meta property="article:published_time" content="2024-10-28T08:00:00+00:00"><meta name="author" content="Jane Doe">
<style>p { color: red }</style><script>track("you")</script></head>
<body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/book">Book</a></li></ul></nav>
<header class="site-header"><a href="/">River Studio</a></header>
<main><article>
<h1>Why rest helps</h1>
<p class="byline">By Jane Doe</p><time datetime="2024-10-28">28 October 2024</time>
<p>After a massage the body keeps working for a good while: blood flows into tissue that was tight, and the nervous
system settles into a slower rhythm. This is why the hours that follow deserve as much care as the session itself.</p>
<h2>What happens in the muscles</h2>
<p>The pressure of the hands moves fluid through the muscle, and the small fibres that were held short can lengthen
again. You can read more on <a href="/blog/fascia?a=1&amp;b=2">how fascia works</a> in an earlier post.</p>
<figure><a href="/large.jpg"><img src="/pictures/rest.jpg" alt="A cup of tea"></a><figcaption>Tea helps.</figcaption>
</figure>
<ul><li>Drink a glass of water when you come home</li><li>Walk slowly<ul><li>ten minutes are enough</li></ul></li></ul>
<blockquote><p>Rest is not idleness, and to lie sometimes on the grass is by no means a waste of time.</p>
<footer>— John Lubbock</footer></blockquote>
<h3>In numbers</h3>
<table><thead><tr><th>Hours</th><th>What to do</th></tr></thead>
<tbody><tr><td>2</td><td>Drink &amp; rest</td></tr><tr><td>24</td><td>Move <b>gently</b></td></tr></tbody></table>
<p>None of this asks for much time. A quiet evening, a warm bath and an early night do more than any gadget could,
and your muscles will thank you for it the next morning when you get out of bed.</p>
<div class="share-buttons"><a href="https://social.example/share">Share this</a></div>
</article></main>
<aside><h2>Popular posts</h2><p>Ten stretches for your desk, and other things you never knew you needed.</p></aside>
<section id="comments"><h2>Comments</h2><p>Great post, thank you so much for writing this down for all
of us!</p></section>
<footer><p>Copyright River Studio, all rights reserved, 1 Main Street, Springfield.</p></footer>
</body></html>"""

_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml"
ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
_RELATIONS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
Target="word/document.xml"/></Relationships>"""
_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STYLES = f"""<?xml version="1.0"?><w:styles xmlns:w="{_NAMESPACE}">
<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Subtitle"><w:name w:val="Subtitle"/></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style></w:styles>"""
_DOCUMENT_RELATIONS = """<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"
Target="styles.xml"/></Relationships>"""


@pytest.fixture
def page() -> str:
    return PAGE


@pytest.fixture(scope="session")
def make_docx() -> Callable[..., bytes]:
    """Paragraphs as (style, text) become a .docx; the text may hold further markup."""

    def make(*paragraphs: tuple[str, str]) -> bytes:
        body = "".join(
            f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
            for style, text in paragraphs
        )
        document = f'<?xml version="1.0"?><w:document xmlns:w="{_NAMESPACE}"><w:body>{body}</w:body></w:document>'
        packed = io.BytesIO()
        with ZipFile(packed, "w") as archive:
            archive.writestr("[Content_Types].xml", _TYPES)
            archive.writestr("_rels/.rels", _RELATIONS)
            archive.writestr("word/document.xml", document)
            archive.writestr("word/styles.xml", _STYLES)
            archive.writestr("word/_rels/document.xml.rels", _DOCUMENT_RELATIONS)
        return packed.getvalue()

    return make
