// Which words of a line a card rests on.

const NEAR_S = 2; // a quote's time and its line's may differ by this

/** The line's text in parts; those that one of `quotes` ({words, speaker, at, priority}) names have its priority. */
export function marks(line, quotes) {
  const spans = [];
  for (const { words, speaker, at, priority } of quotes) {
    if (speaker !== line.speaker || at < line.start - NEAR_S || at > line.end + NEAR_S) continue;
    const found = words.find((text) => text && line.text.includes(text));
    if (!found) continue;
    const start = line.text.indexOf(found);
    spans.push({ start, end: start + found.length, priority });
  }
  spans.sort((a, b) => a.start - b.start || a.priority.localeCompare(b.priority));
  const parts = [];
  let place = 0;
  for (const { start, end, priority } of spans) {
    if (start < place) continue;
    if (start > place) parts.push({ text: line.text.slice(place, start) });
    parts.push({ text: line.text.slice(start, end), priority });
    place = end;
  }
  if (place < line.text.length) parts.push({ text: line.text.slice(place) });
  return parts;
}
