#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""OPTREG_LAYOUT knows where every field of every struct of plugin.h stands.

test-layout.py HEADER value COMPILER ARGUMENT...    it is what the header's structs make it
test-layout.py HEADER changes COMPILER ARGUMENT...  a field that moves changes it, one that
                                                    is appended does not

The value is computed here from the declarations, by the rules of the ABI of 64-bit Unix.
"""
import pathlib
import re
import subprocess
import sys

STRUCTS = ['optreg_table', 'optreg_hyperparameter', 'optreg_slot', 'optreg_reduction',
           'optreg_variant', 'optreg_kernel', 'optreg_span', 'optreg_step', 'optreg_tensor',
           'optreg_layout', 'optreg_stream', 'optreg_host', 'optreg_optimizer_class',
           'optreg_plugin']
FROZEN = ['optreg_table']  # it is a field of another
SIZES = {'uint32_t': 4, 'uint64_t': 8, 'size_t': 8, 'double': 8, 'optreg_table': 16}


class Struct:
    """One struct of the header: its declarations, as text."""

    def __init__(self, header, name):
        found = re.search(r'typedef struct %s \{\n(.*?)\} %s;' % (name, name), header, re.S)
        self.name, self.header, self.begin = name, header, found.start(1)
        body = re.sub(r'/\*.*?\*/', lambda comment: ' ' * len(comment.group()),
                      found.group(1), flags=re.S)
        self.declarations = re.findall(r'[^;]+;', body)
        self.end = found.end(1)

    def header_with(self, declarations):
        return self.header[:self.begin] + ''.join(declarations) + self.header[self.end:]

    def sizes(self):
        for declaration in self.declarations:
            text = ' '.join(declaration.strip(' \n;').split())
            array = re.fullmatch(r'char \w+\[(\d+)\]', text)
            if array:
                yield int(array.group(1)), 1
            elif '(*' in text:
                yield 8, 8
            else:
                kind = text.split()[0]
                for declarator in text.split(','):
                    size = 8 if '*' in declarator else SIZES[kind]
                    yield size, min(size, 8)

    def offsets(self):
        end = 0
        for size, alignment in self.sizes():
            begin = -(-end // alignment) * alignment
            yield begin
            end = begin + size


def expected(header):
    layout = 8 | 8 << 4 | 8 << 8 | 24 << 12  # of pointers, and optreg_alignment
    for seed, name in enumerate(STRUCTS, 1):
        value = seed
        for offset in Struct(header, name).offsets():
            value = (value ^ offset) * 16777619 % 2**32
        layout ^= value
    return layout


def compiles(compiler, header, condition):
    """Whether the condition is a constant expression, and true."""
    without_sizes = re.sub(r'OPTREG_ASSERT\(sizeof\(optreg.*', '', header)
    source = without_sizes + '\nOPTREG_ASSERT(%s, "the layout");\n' % condition
    return subprocess.run(compiler + ['-fsyntax-only', '-'], input=source, text=True,
                          stderr=subprocess.DEVNULL).returncode == 0


def changes(header):
    """(what is done, the header then, whether the layout stays)"""
    for struct in (Struct(header, name) for name in STRUCTS):
        fields = struct.declarations
        for i, field in enumerate(fields):
            text = ' '.join(field.split())
            yield ('a field before "%s" of %s' % (text, struct.name),
                   struct.header_with(fields[:i] + [' double intruder;'] + fields[i:]), False)
            if i > 0:
                swapped = fields[:i - 1] + [field, fields[i - 1]] + fields[i + 1:]
                yield ('"%s" of %s one place earlier' % (text, struct.name),
                       struct.header_with(swapped), False)
        if struct.name not in FROZEN:
            yield ('a field at the end of ' + struct.name,
                   struct.header_with(fields + [' double later;']), True)


def main():
    header = pathlib.Path(sys.argv[1]).read_text()
    compiler = sys.argv[3:]
    value = expected(header)

    if sys.argv[2] == 'value':
        if not compiles(compiler, header, 'OPTREG_LAYOUT == 0x%08xu' % value):
            sys.exit('OPTREG_LAYOUT is not 0x%08x, or no constant' % value)
        return
    wrong = [what for what, changed, stays in changes(header)
             if not compiles(compiler, changed, 'OPTREG_LAYOUT %s 0x%08xu'
                             % ('==' if stays else '!=', value))]
    if wrong:
        sys.exit('is not seen in OPTREG_LAYOUT, or should not be: ' + '\n'.join(wrong))


main()
