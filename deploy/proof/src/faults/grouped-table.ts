/** Columns that belong together, under a title of their own. */
export type ColumnGroup = readonly [title: string, columns: readonly string[]];

/**
 * Aligned columns with titles over groups of them, each behind a bar: text to the left, the rest to the right. A first cell
 * that is longer than `firstWidth` goes on in the lines below.
 */
export function groupedTable(
  groups: readonly ColumnGroup[],
  rows: readonly (readonly string[])[],
  firstWidth: number,
): string {
  const head = groups.flatMap(([, columns]) => columns);
  const wrapped = rows.map(([first = '', ...rest]) => ({ lines: wrap(first, firstWidth), rest }));
  const widths = widthsOf(head, [...wrapped.flatMap(({ lines }) => lines.map((one) => [one])), ...rows.map(bare)]);
  const titles: string[] = [];
  const bars = new Set<number>();
  let column = 0;
  for (const [title, columns] of groups) {
    if (column > 0) bars.add(column);
    const own = widths.slice(column, column + columns.length);
    titles.push(title.padStart(columns.length === 1 ? (own[0] ?? 0) : 0).padEnd(sum(own) + own.length - 1));
    column += columns.length;
  }
  const line = (cells: readonly string[]) =>
    widths
      .map((width, n) => {
        const cell = cells[n] ?? '';
        return `${bars.has(n) ? '│' : ''}${n === 0 ? cell.padEnd(width) : cell.padStart(width)}`;
      })
      .join(' ')
      .trimEnd();
  const rule = widths.map((width, n) => `${bars.has(n) ? '┼' : ''}${'─'.repeat(width)}`).join('─');
  const body = wrapped.flatMap(({ lines: [first = '', ...more], rest }) => [line([first, ...rest]), ...more]);
  return [titles.join(' │').trimEnd(), line(head), rule, ...body].join('\n');
}

/** Without the first cell, which is wrapped. */
const bare = ([, ...rest]: readonly string[]) => ['', ...rest];
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

function widthsOf(head: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
