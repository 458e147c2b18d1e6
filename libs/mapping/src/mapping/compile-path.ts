import { parsePath, type Path } from '../paths/path.js';

/** @throws Error where the path is bad: the mapping did not come from `parseMapping` */
export function compilePath(text: string): Path {
  const result = parsePath(text);
  if (result.kind === 'bad_path') throw new Error(`Bad path ${JSON.stringify(text)}: ${result.detail}`);
  return result.path;
}

export function compilePaths(texts: readonly string[] | undefined): Path[] {
  return (texts ?? []).map(compilePath);
}
