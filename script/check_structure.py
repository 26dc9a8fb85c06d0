#!/usr/bin/env python3
"""Checks what the compiler does not: who includes whom, the trip-wires, names, and shortened names unused.

    script/check_structure.py [ROOT]

Prints one line a finding (file:line: what) and fails when there is one. The rules are the tables below.
"""

import fnmatch
import pathlib
import re
import subprocess
import sys

# Which of our headers a folder may include besides its own (fnmatch patterns). What is not named may all.
ARROWS = {
    "events": [],
    "commands": ["events/*"],
    "proof": ["events/*"],
    "store": ["commands/*", "events/*"],
    "projections": ["store/*", "events/*", "proof/*"],
    "stream": ["store/*", "events/*"],
    # Of store and projections the writer's and the queries' side only, never SQL.
    "http": [
        "commands/*",
        "events/*",
        "proof/*",
        "projections/*quer*.hpp",
        "projections/*directory.hpp",
        "projections/value_eraser.hpp",
        "store/*writer.hpp",
        "store/outage.hpp",
        "*.pb.h",
    ],
    # The parsers, and HTTP/2 frames as the tests take them apart.
    "fuzz": ["http/*", "events/*", "proof/*", "*.pb.h", "tests/support/http2_frames.hpp"],
}

# Which folders may include a library's headers. A library that is not named may be used everywhere.
LIBRARIES = {
    "boost/asio*": ["store", "projections", "stream", "http", "cli"],
    "boost/beast*": ["http", "cli"],
    "nghttp2/*": ["http"],
    "libpq*": ["store", "projections"],
    "librdkafka/*": ["stream"],
    "sys/socket.h": ["store", "http", "cli"],
    "spdlog/*": ["store", "projections", "stream", "http", "cli"],
    "CLI/*": ["cli"],
    "prometheus/*": ["cli"],
    "mimalloc*": ["cli"],
}

FORBIDDEN_WORDS = {"manager", "helper", "util", "impl", "base"}

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_LINE = 300, 70, 110
# A crossing is excused by this comment with a reason: in a file's first lines, or right above the function.
MARKER = re.compile(r"(//|#|--)\s*tripwire: \S")
HEAD_LINES = 15

# Recorded elsewhere and replayed as it is.
RECORDED = "tests/conformance"

CODE = {".cpp", ".hpp"}
SCRIPTS = {".py", ".sh", ".sql", ".cmake", ".proto", ".txt"}

COMMENT_OR_LITERAL = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|R"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
TYPE = re.compile(r"\b(?:class|struct|union|enum(?:\s+(?:class|struct))?)\b")
NAMED_TYPE = re.compile(
    TYPE.pattern + r"\s+(?:\[\[[^\]]*\]\]\s*)?(\w+)\s*(?:final\b\s*)?[:{;]"
    r"|\b(?:using|concept)\s+(\w+)\s*="
)

SHORTENED = re.compile(r"\b(?:using(?:\s+typename)?\s+(?:\w*::)+(\w+)\s*;|(?:namespace|using)\s+(\w+)\s*=)")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def code_only(text):
    """The C++ text without comments, literals and preprocessor lines, with the same line numbers."""
    text = COMMENT_OR_LITERAL.sub(blank, text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.MULTILINE)


def without_brackets(text):
    """The text without what stands in (), [] and in a template's parameter list."""
    text = re.sub(r"\balignas\s*\([^()]*\)", "", text)
    while (shorter := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "@", text)) != text:
        text = shorter
    while (shorter := re.sub(r"<[^<>]*>", "", text)) != text:
        text = shorter
    return text


def kind_of(header):
    """What the brace after `header` (all since the last ; { or }) opens."""
    plain = without_brackets(header).strip()
    if "namespace" in plain or plain.endswith("extern"):
        return "scope"
    if re.search(r"(?<!operator)(?<![=!<>])=(?!=)", plain) and "operator" not in plain:
        return "data"
    if "@" not in plain and TYPE.search(plain):
        return "scope"
    if "@" in plain:
        return "function"
    # `more`: a constructor's next member, or its body, after a member that was given a value in braces.
    return "more" if plain == "" or plain.startswith(",") else "data"


def functions(text):
    """(first line, last line) of each function, from 1. Lambdas belong to the function around them."""
    code = code_only(text)
    found, stack, header_start = [], [], 0
    # An access specifier ends a statement as far as this is concerned.
    ends = re.compile(r"[;{}]|\b(?:public|private|protected)\s*:(?!:)")
    for token in ends.finditer(code):
        sign = token.group(0)
        if sign == "{":
            outer = stack[-1][0] if stack else "scope"
            kind = kind_of(code[header_start : token.start()]) if outer == "scope" else "inner"
            first = header_start + len(code[header_start:]) - len(code[header_start:].lstrip())
            if kind == "more" and found:
                first = found.pop()[0]
                kind = "function"
            else:
                first = code.count("\n", 0, first) + 1
            stack.append((kind, first))
        elif sign == "}" and stack:
            kind, first = stack.pop()
            if kind == "function":
                found.append((first, code.count("\n", 0, token.start()) + 1))
        if sign != ";" or not stack or stack[-1][0] == "scope":
            header_start = token.end()
    return found


def is_marked_above(lines, first):
    """Whether the comment that ends right above line `first` (from 1) excuses it."""
    above = first - 2
    while above >= 0 and lines[above].lstrip().startswith("//"):
        if MARKER.search(lines[above]):
            return True
        above -= 1
    return False


def words(name):
    return {word.lower().rstrip("s") for word in re.findall(r"[A-Z][a-z0-9]*|[a-z0-9]+", name)}


def check_arrows(folder, lines):
    for number, line in enumerate(lines, 1):
        include = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
        if not include:
            continue
        ours, library = include.groups()
        if ours and folder in ARROWS and not ours.startswith(folder + "/"):
            if not any(fnmatch.fnmatch(ours, pattern) for pattern in ARROWS[folder]):
                yield number, f'{folder}/ may not include "{ours}"'
        for pattern, allowed in LIBRARIES.items():
            if library and fnmatch.fnmatch(library, pattern) and folder not in allowed:
                yield number, f"{folder}/ may not include <{library}>"


def check_sizes(lines, text, suffix):
    if len(lines) > LONGEST_FILE and not any(MARKER.search(line) for line in lines[:HEAD_LINES]):
        yield 1, f"{len(lines)} lines, more than {LONGEST_FILE}, without `tripwire: REASON` in its head"
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            yield number, f"{len(line)} columns, more than {LONGEST_LINE}"
    if suffix in CODE:
        for first, last in functions(text):
            if last - first + 1 > LONGEST_FUNCTION and not is_marked_above(lines, first):
                yield first, (
                    f"function of {last - first + 1} lines, more than {LONGEST_FUNCTION}, "
                    "without `// tripwire: REASON` right above"
                )


def check_names(path, text):
    if bad := words(path.stem) & FORBIDDEN_WORDS:
        yield 1, f"a file's name says what it is about, not `{bad.pop()}`"
    if path.suffix == ".py":
        named = [(m.start(), m.group(1)) for m in re.finditer(r"^\s*class (\w+)", text, re.MULTILINE)]
    elif path.suffix in CODE:
        named = [(m.start(), m.group(1) or m.group(2)) for m in NAMED_TYPE.finditer(code_only(text))]
    else:
        named = []
    for position, name in named:
        if bad := words(name) & FORBIDDEN_WORDS:
            yield text.count("\n", 0, position) + 1, f"type {name}: a name says what it is, not `{bad.pop()}`"


def check_shortened(text):
    """What is given a short name is used: clang-tidy, which sees a folder as one file, cannot tell."""
    code = code_only(text)
    for match in SHORTENED.finditer(code):
        name = match.group(1) or match.group(2)
        inherited = re.search(rf"\b{name}::{name}\b", match.group(0))  # constructors
        if not inherited and not re.search(rf"\b{name}\b", code[match.end() :]):
            yield code.count("\n", 0, match.start()) + 1, f"{name} is not used after this"


def check_file(root, path):
    text = (root / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    folder = path.parts[0]
    if path.suffix in CODE and folder != "tests" and folder != "bench":
        yield from check_arrows(folder, lines)
    yield from check_sizes(lines, text, path.suffix)
    yield from check_names(path, text)
    if path.suffix == ".cpp":
        yield from check_shortened(text)


def is_checked(root, path):
    if path.is_relative_to(RECORDED):
        return False
    if path.suffix in CODE | SCRIPTS:
        return True
    if path.suffix:
        return False
    with open(root / path, "rb") as file:
        return file.read(2) == b"#!"


def sources(root):
    """Tracked files and new ones that are not ignored; in a tree without git, all files."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True)
        listed = answer.stdout.split("\0") if answer.returncode == 0 else None
    except FileNotFoundError:
        listed = None
    if listed is None:
        everything = (path.relative_to(root) for path in root.rglob("*"))
        listed = [str(path) for path in everything if not path.parts[0].startswith("build")]
    paths = sorted({pathlib.Path(name) for name in listed if name and (root / name).is_file()})
    return [path for path in paths if is_checked(root, path)]


def findings(root):
    for path in sources(root):
        for number, what in check_file(root, path):
            yield f"{path}:{number}: {what}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    found = list(findings(root))
    print("\n".join(found) if found else f"{len(sources(root))} files follow the rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
