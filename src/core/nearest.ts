/** One slip is forgiven for so many letters, and one at least. */
const LETTERS_A_SLIP = 2;

/** Which of `words` was probably meant; undefined where none is like what was said. */
export function nearest(said: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let slips = Math.max(1, Math.floor(said.length / LETTERS_A_SLIP)) + 1;
  for (const word of words) {
    const distance = slipsBetween(said, word);
    if (distance < slips) [best, slips] = [word, distance];
  }
  return best;
}

/** Letters to put in, take out or exchange (Levenshtein 1966), row by row of the table. */
function slipsBetween(said: string, word: string): number {
  let row = Array.from({ length: word.length + 1 }, (_, column) => column);
  for (const [i, letter] of [...said].entries()) {
    const above = row;
    row = [i + 1];
    for (let j = 0; j < word.length; j++) {
      const exchanged = (above[j] ?? 0) + (letter === word[j] ? 0 : 1);
      row.push(Math.min(exchanged, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
  }
  return row[word.length] ?? 0;
}
