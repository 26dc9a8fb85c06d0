#!/usr/bin/env python3
"""Feeds script/check_structure.py small bad trees: it finds what is wrong in each, and only that."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "script" / "check_structure.py"
sys.path.insert(0, str(SCRIPT.parent))
import check_structure  # noqa: E402


def function_of(lines, name="long_one"):
    return f"void {name}() {{\n" + "  step();\n" * (lines - 2) + "}\n"


class Tree(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.directory.name)
        self.addCleanup(self.directory.cleanup)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def finds(self, *parts):
        """One finding for each part, in order, and no other."""
        found = list(check_structure.findings(self.root))
        self.assertEqual(len(found), len(parts), found)
        for finding, part in zip(found, parts):
            self.assertIn(part, finding)


class Program(Tree):
    def run_it(self):
        return subprocess.run([sys.executable, SCRIPT, self.root], capture_output=True, text=True)

    def test_fails_with_a_line_a_finding(self):
        self.write("events/a.cpp", '#include "store/log.hpp"\n')
        answer = self.run_it()
        self.assertEqual(answer.returncode, 1)
        self.assertEqual(answer.stdout, 'events/a.cpp:1: events/ may not include "store/log.hpp"\n')

    def test_passes_a_good_tree(self):
        self.write("events/a.cpp", '#include "events/a.hpp"\n')
        self.assertEqual(self.run_it().returncode, 0)

    def test_sees_new_files_and_not_ignored_ones(self):
        subprocess.run(["git", "init", "-q", self.root], check=True)
        self.write(".gitignore", "/build/\n")
        self.write("build/a_helper.cpp", "")
        self.write("events/a_helper.cpp", "")
        self.finds("events/a_helper.cpp:1: a file's name")


class Arrows(Tree):
    def test_each_wrong_way(self):
        for file, header in [
            ("events/a.hpp", "commands/b.hpp"),
            ("commands/a.hpp", "store/b.hpp"),
            ("store/a.hpp", "projections/b.hpp"),
            ("store/a.hpp", "http/b.hpp"),
            ("projections/a.hpp", "commands/b.hpp"),
            ("proof/a.hpp", "store/b.hpp"),
            ("events/a.hpp", "proof/b.hpp"),
            ("stream/a.hpp", "http/b.hpp"),
            ("http/a.hpp", "store/pg_pipeline.hpp"),
            ("http/a.hpp", "cli/b.hpp"),
        ]:
            with self.subTest(file=file, header=header):
                self.write(file, f'#include "{header}"\n')
                self.finds(f'may not include "{header}"')
                (self.root / file).unlink()

    def test_each_right_way(self):
        self.write("commands/a.hpp", '#include "events/b.hpp"\n#include "commands/b.hpp"\n')
        self.write("store/a.hpp", '#include "commands/b.hpp"\n')
        self.write("http/a.hpp", '#include "store/writer.hpp"\n#include "projections/metadata_queries.hpp"\n')
        self.write("cli/a.cpp", '#include "http/b.hpp"\n#include "store/b.hpp"\n')
        self.write("tests/events/a_test.cpp", '#include "store/b.hpp"\n#include <libpq-fe.h>\n')
        self.finds()

    def test_no_io_in_events_and_commands(self):
        for folder in ["events", "commands", "proof"]:
            for library in ["boost/asio.hpp", "boost/asio/ip/tcp.hpp", "libpq-fe.h", "librdkafka/rdkafka.h",
                            "nghttp2/nghttp2.h", "spdlog/spdlog.h"]:
                with self.subTest(folder=folder, library=library):
                    self.write(f"{folder}/a.cpp", f"#include <{library}>\n")
                    self.finds(f"{folder}/a.cpp:1: {folder}/ may not include <{library}>")
                    (self.root / folder / "a.cpp").unlink()

    def test_no_sql_in_http(self):
        self.write("http/a.cpp", "#include <boost/asio.hpp>\n#  include <libpq-fe.h>\n")
        self.finds("http/a.cpp:2: http/ may not include <libpq-fe.h>")


class Sizes(Tree):
    def test_long_file(self):
        self.write("events/a.cpp", "\n" * 300)
        self.write("events/b.cpp", "\n" * 301)
        self.write("events/c.cpp", "// tripwire: one table, better read in one piece\n" + "\n" * 301)
        self.write("events/d.cpp", "// tripwire:\n" + "\n" * 301)
        self.write("events/e.cpp", "\n" * 200 + "// tripwire: too far below the head\n" + "\n" * 200)
        self.write("script/f", "#!/bin/sh\n" + "\n" * 301)
        self.write("script/g", "#!/bin/sh\n# tripwire: a reason\n" + "\n" * 301)
        self.finds("b.cpp:1: 301 lines", "d.cpp:1:", "e.cpp:1:", "script/f:1:")

    def test_long_line(self):
        self.write("events/a.cpp", "//" + "x" * 108 + "\n//" + "ü" * 108 + "\n//" + "x" * 109 + "\n")
        self.finds("a.cpp:3: 111 columns")

    def test_long_function(self):
        self.write("events/a.cpp", function_of(70) + function_of(71))
        self.finds("a.cpp:71: function of 71 lines")

    def test_excused_function(self):
        marker = "// What it does.\n// tripwire: one switch over all types\n"
        self.write("events/a.cpp", marker + function_of(71) + "\n" + function_of(71, "not_this_one"))
        self.finds("a.cpp:75: function of 71 lines")

    def test_long_functions_of_every_shape(self):
        body = "  step();\n" * 70
        for head in [
            "namespace a { namespace {\nclass B final : public C {\n public:\n  B() : x_{1}, y_(2) {\n",
            "template <class T>\nrequires std::is_class_v<T>\nauto f(T t) -> std::vector<T> {\n",
            "bool operator==(const A& a, const A& b) {\n",
            "struct stat f(int a = 1) {\n",
            'A::A(std::string text = "{") : a_{1},\n b_{2} {\n',
        ]:
            with self.subTest(head=head):
                self.write("events/a.cpp", head + body + "}" * (head.count("{") - head.count("}")))
                self.finds("function of 7")

    def test_what_is_no_long_function(self):
        many = "  {1, 2},\n" * 100
        self.write("events/a.cpp", f"constexpr std::array<A, 100> table = {{{{\n{many}}}}};\n")
        self.write("events/b.cpp", f"enum class E {{\n{'  a,' * 9}\n" + "  b,\n" * 80 + "};\n")
        self.write("events/c.cpp", "class C {\n" + "  int f() { return 1; }\n" * 90 + "};\n")
        literals = 'const char* t = R"x(\n' + "void f() {\n" * 90 + ")x\";\nchar c = '{';\n"
        self.write("events/d.cpp", literals + function_of(9))
        self.write("events/e.cpp", "// void f() {\n" * 90 + "int million = 1'000'000;\n" + function_of(9))
        self.finds()


class Names(Tree):
    def test_files(self):
        for name in ["log_manager.cpp", "string_utils.hpp", "helper.py", "event_base.hpp", "impl.cpp"]:
            with self.subTest(name=name):
                self.write("store/" + name, "")
                self.finds(f"store/{name}:1: a file's name")
                (self.root / "store" / name).unlink()

    def test_types(self):
        types = "class LogManager final : public A {};\nstruct [[nodiscard]] Utils {};\n"
        self.write("store/a.hpp", "\n" + types + "enum class BaseKind { a };\nusing Impl = int;\n")
        self.write("store/b.py", "class TestHelper:\n    pass\n")
        self.finds(
            "a.hpp:2: type LogManager",
            "a.hpp:3: type Utils",
            "a.hpp:4: type BaseKind",
            "a.hpp:5: type Impl",
            "b.py:1: type TestHelper",
        )

    def test_good_names(self):
        self.write("events/base64.hpp", "class Base64 {};\nclass Database;\n// class Helper {}\n")
        self.write("events/database.hpp", "struct SimpleLog { int impl_; };\n")
        self.finds()


class ShortenedNames(Tree):
    def test_are_used(self):
        self.write("events/a.cpp", "using std::string;\nnamespace io = boost::asio;\nusing Ids = Set;\n")
        self.finds("a.cpp:1: string is not", "a.cpp:2: io is not", "a.cpp:3: Ids is not")

    def test_that_are_used_are_good(self):
        self.write("events/a.cpp", "using std::string;\nnamespace io = b;\nstring s = io::text();\n")
        self.finds()

    def test_in_a_comment_or_a_text_do_not_count(self):
        self.write("events/a.cpp", 'using std::string;\n// a string\nauto a = "string";\n')
        self.finds("a.cpp:1: string is not")

    def test_of_constructors_are_no_names(self):
        self.write("events/a.cpp", "struct A : B {\n  using std::B::B;\n};\n")
        self.finds()


if __name__ == "__main__":
    unittest.main()
