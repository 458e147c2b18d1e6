import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colour only where a person looks, and has not asked for none (https://no-color.org). */
export function colorsFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Colors {
  return picocolors.createColors(stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
}

const WIDTH = 18;

/** One line of the stack's talk: who, then what. */
export function prefixed(part: string, line: string, colors: Colors): string {
  return `${colors.dim(`${part.padEnd(WIDTH)} │`)} ${line}`;
}

/** Writes such lines to a stream. */
export function talker(stream: NodeJS.WriteStream, colors: Colors): (part: string, line: string) => void {
  return (part, text) => {
    for (const line of text.split('\n')) stream.write(`${prefixed(part, line, colors)}\n`);
  };
}
