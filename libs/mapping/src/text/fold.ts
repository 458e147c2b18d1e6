/** Text for comparing labels that people typed: trimmed, lower case, without accents. `Situação ` → `situacao`. */
export function fold(text: string): string {
  const lower = text.trim().toLowerCase();
  // Most labels are ASCII, where there is nothing to decompose.
  return isAscii(lower) ? lower : lower.normalize('NFD').replace(/\p{M}+/gu, '');
}

/**
 * The folded words of a label, `e-mail` counting as one: `Seu melhor E-mail:` → `seu`, `melhor`, `email`;
 * `respondentEmail` → `respondent`, `email`.
 */
export function foldedWords(label: string): string[] {
  const words = fold(label.replace(/(\p{Ll}|\d)(?=\p{Lu})/gu, '$1 '))
    .replace(/([a-z\d])[_-]+(?=[a-z\d])/g, '$1 ')
    .replace(/\be mail\b/g, 'email');
  return words.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}
