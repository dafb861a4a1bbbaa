"""Drawings that are kept while somebody pulls the plug, files that nobody should have sent, and a
stranger's model that wants to be more than text on the page.

Files are opened in a process of its own, so that one that never ends, or takes the process with it,
is told as well.
"""

import functools
import itertools
import multiprocessing
import random
import time
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import hostile
import ipywidgets as widgets
import judging
import keeping
import killing
import nbformat
import numpy as np
from little_world import ROOT
from trials import SURVIVED, Verdict, trial

from sketchlib.drawing import svg
from sketchlib.game import style
from sketchlib.game.rules import Result
from sketchlib.pad.bars import guesses_html
from sketchlib.panels import contents

PATIENCE = 20.0  # seconds for a file on a busy machine; one is what it may take on an idle one
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PROCESSES = multiprocessing.get_context(METHOD)

# --- keeping drawings ----------------------------------------------------------------------------


def start_keeping(folder: Path, new: bool, numbers: range) -> tuple:
    """Keep drawings in another process; returns it and the end that is told of them."""
    here, there = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=keeping.keep_on, args=(folder, new, numbers, there))
    child.start()
    there.close()
    return child, here


def afterwards(folder: Path, acknowledged: list[int], new: bool) -> Verdict:
    """Tell what has become of drawings, and whether the next ones are kept as ever."""
    try:
        there = keeping.kept(folder)
        if missing := set(acknowledged) - set(there):
            return Verdict("lost", f"drawings {sorted(missing)[:5]} were acknowledged")
        following = max(there) + 1
        for number in range(following, following + 2):
            keeping.keep(number, folder, new)
        if sorted(keeping.kept(folder)) != list(range(following + 2)):
            return Verdict("wrong", f"these are there then: {keeping.kept(folder)}")
        names = {path.name for path in folder.iterdir()} - {".lock"}
        if not all(name.endswith(".ndjson") for name in names):
            return Verdict("wrong", f"leftovers among {names}")
    except Exception as error:
        return Verdict("stuck", repr(error))
    return SURVIVED


def kill_while_keeping(cases: int, rng: random.Random, folder: Path, new: bool):
    for case in range(cases):
        place = folder / str(case)
        child, told = start_keeping(place, new, range(10**6))
        acknowledged = [told.recv() for _ in range(rng.randint(1, 6))]
        time.sleep(rng.random() * 0.01)
        child.kill()
        acknowledged += keeping.heard(told)
        child.join()
        yield afterwards(place, acknowledged, new)


@trial("SIGKILL while drawings of one word are kept", cases=60, few=2)
def kill_one_word(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    yield from kill_while_keeping(cases, rng, folder, new=False)


@trial("SIGKILL while drawings of new words are kept", cases=60, few=2)
def kill_new_words(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    yield from kill_while_keeping(cases, rng, folder, new=True)


@trial("SIGKILL before each file operation of keeping a drawing", cases=60, few=2)
def kill_each_operation(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Go on to the next operation, until a drawing is kept before it comes to that; then again."""
    operations = {True: itertools.count(), False: itertools.count()}
    for case in range(cases):
        place, new = folder / str(case), bool(case % 2)
        keeping.keep(0, place, new)
        arguments = (place, new, next(operations[new]))
        child = PROCESSES.Process(target=keeping.keep_and_die, args=arguments)
        child.start()
        child.join()
        if child.exitcode != killing.DIED:
            operations[new] = itertools.count()
        yield afterwards(place, [0] if child.exitcode == killing.DIED else [0, 1], new)


@trial("the end of a kept file cut off, or zeros", cases=600, few=30)
def cut_the_power(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Damage the last drawing as a power cut may, which the disk had not yet got."""
    for case in range(cases):
        place, new = folder / str(case), rng.random() < 0.5
        path = [keeping.keep(number, place, new) for number in (0, 1)][1]
        content = path.read_bytes()
        begin = 0 if new else content.index(b"\n") + 1
        cut = rng.choice((begin, len(content) - 1, rng.randrange(begin, len(content))))
        zeros = len(content) - cut if rng.random() < 0.5 else 0
        path.write_bytes(content[:cut] + bytes(zeros))
        yield afterwards(place, [0], new)


@trial("six processes that keep drawings at once", cases=900, few=60)
def keep_at_once(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    shares = [range(cases)[share::6] for share in range(6)]
    started = [start_keeping(folder, False, share) for share in shares]
    acknowledged = {number for _, told in started for number in keeping.heard(told)}
    for child, _ in started:
        child.join()
    there = keeping.kept(folder)
    for number in range(cases):
        times = there.count(number) * (number in acknowledged)
        yield SURVIVED if times == 1 else Verdict("lost", f"{number} is there {times} times")


# --- files that nobody should send ---------------------------------------------------------------


def judged(judge: judging.Judge, cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Have cases judged in another process, each within PATIENCE.

    A case that hangs, or that takes the process with it, is told, and another process goes on.
    """
    seed, case = rng.getrandbits(32), 0
    while case < cases:
        here, there = PROCESSES.Pipe(duplex=False)
        arguments = (judge, seed, range(case, cases), folder, there)
        child = PROCESSES.Process(target=judging.judge_on, args=arguments)
        child.start()
        there.close()
        end, detail = "hung", "no end"
        try:
            here.recv_bytes()  # it has begun, which takes a while
            while case < cases and here.poll(PATIENCE):
                told, _, why = here.recv_bytes().decode().partition("\n")
                yield Verdict(told, why and f"case {case} of {seed}: {why}")
                case += 1
        except EOFError:
            end, detail = "wrong", "the process died"
        if case < cases:
            yield Verdict(end, f"case {case} of {seed}: {detail}")
            case += 1
        child.kill()
        child.join()


@trial("damaged ndjson", cases=900_000, few=2000)
def fuzz_ndjson(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    yield from judged(judging.parse_a_line, cases, rng, folder)


@trial("damaged ndjson.gz", cases=10_000, few=60)
def fuzz_packed(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    yield from judged(judging.read_a_packed_file, cases, rng, folder)


@trial("arrays of odd shapes and numbers on the way to ink", cases=80_000, few=300)
def fuzz_strokes(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    yield from judged(judging.simplify_something, cases, rng, folder)


@trial("damaged SVGs", cases=10_000, few=60)
def fuzz_svgs(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    yield from judged(judging.open_an_svg, cases, rng, folder)


@trial("damaged pictures", cases=12_000, few=60)
def fuzz_pictures(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    yield from judged(judging.open_a_picture, cases, rng, folder)


NAMES = list(hostile.crafted())


@trial("files made with care", cases=len(NAMES), few=10)
def open_all_crafted(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    names = rng.sample(NAMES, cases)
    yield from judged(functools.partial(judging.open_crafted, names), cases, rng, folder)


# --- a stranger's model --------------------------------------------------------------------------

INK = [np.array([[0.0, 0, 0], [9, 9, 9]]), np.array([[5.0, 0, 20], [0, 5, 30]])]


class Tags(HTMLParser):
    """Lists the tags of a page, with the names of their attributes, and where they end."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, *(name for name, _ in attributes)))

    def handle_endtag(self, tag):
        self.found.append((tag,))

    def handle_comment(self, data):
        self.found.append(("comment",))

    handle_decl = handle_pi = unknown_decl = handle_comment


@functools.cache
def pages(name: str) -> dict[str, str]:
    """Return all that the pad, its panels, the game and notebooks show of a model's words."""
    guesses = [(name, 0.5), (f"{name} ", 0.25)]
    model = SimpleNamespace(
        name=name,
        classes=[name],
        card={"credit": name, "input": {"shape": [1, 3]}},
        points=100,
        in_proportion=True,
        probabilities=lambda drawings: np.full((len(drawings), 1), 0.5),
    )
    lost = Result(name, "time is up", 5, INK, guesses)
    won = Result(name, "accepted", 5, INK, guesses)
    game = SimpleNamespace(prompt=name, round=1, rounds=2, score=1, results=[won, lost])
    return {
        "bars": guesses_html(guesses, name, 5),
        "seen": contents.seen(model, INK, name),
        "why": contents.why(model, INK, name),
        "downloads": contents.downloads(model, INK, name),
        "SVG": svg.document(INK, name),
        "prompt": style.prompt(game),
        "what the game sees": style.seen([name, name]) + style.known(name),
        "cheer": style.cheer(won) + style.cheer(lost) + style.marks([won, lost]),
        "gallery": style.gallery(game),
        "what went wrong": style.problem(ValueError(name)) + style.kept([won], name),
        "notebook 05": told_by_notebook(model),
    }


def told_by_notebook(model: SimpleNamespace) -> str:
    """Return what the cell of notebook 05 shows that tells what the model knows."""
    names = {"predictor": model, "escape": escape, "widgets": widgets}
    exec(notebook_cell(), names)
    shown = names["found"].value
    names["look"](SimpleNamespace(new=""))  # as if somebody searched, for whatever there is
    return shown + names["found"].value


@functools.cache
def notebook_cell() -> str:
    """Return the source of that cell."""
    notebook = nbformat.read(ROOT / "notebooks" / "05_draw.ipynb", as_version=4)
    (source,) = [cell.source for cell in notebook.cells if "found = widgets.HTML" in cell.source]
    return source


WORDS = r"""<script>hit()</script>
<img src=x onerror=hit()>
</style></script><svg onload=hit()>
"><img src=x onerror=hit()>
'><img src=x onerror=hit()>
" onload="hit()
' onclick='
</title></p></b></svg></pre>
<!--
-->
<![CDATA[
]]>
<?xml
<!DOCTYPE x
&
&lt;script&gt;
&#60;b&#62;
<b
</
`<b>`
<a href=javascript:hit()>
<iframe srcdoc='<b>'>
<base href=//x>
<meta http-equiv=refresh content=0>
<math><mi//xlink:href=x>
<textarea>
<plaintext>
<style>*{}
$<b>$
%3Cb%3E
\x3cb\x3e
{{<b>}}
${<b>}""".splitlines()
WORDS += ["<\0script>", "\u2028<i>", "\uff1cb\uff1e<b>", "<b>\n\n<b>", "<" * 99, "<b>" * 99]
PLACES = list(pages(WORDS[0]))


@trial("a stranger's model whose words are HTML", cases=len(WORDS) * len(PLACES), few=50)
def show_a_strangers_model(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Compare the tags of each page with those that it has with harmless words."""
    harmless = {place: Tags(page).found for place, page in pages("no such word").items()}
    for word, place in rng.sample(list(itertools.product(WORDS, PLACES)), cases):
        fine = Tags(pages(word)[place]).found == harmless[place]
        yield SURVIVED if fine else Verdict("wrong", f"{place} makes HTML of {word!r}")
