/** The fenced blocks of a Markdown text, each with the line of prose before it. */
export function fences(markdown) {
  const found = [];
  let open;
  let prose = '';
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open && line === '```') {
      found.push({ ...open, text: open.lines.map(one => `${one}\n`).join('') });
      open = undefined;
    } else if (open) {
      open.lines.push(line);
    } else if (line.startsWith('```')) {
      open = { language: line.slice(3), line: index + 1, prose, lines: [] };
      prose = '';
    } else if (line.trim()) {
      prose = line;
    }
  }
  if (open) throw new Error(`the block in line ${open.line} has no end`);
  return found;
}
