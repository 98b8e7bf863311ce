// Which words of a line a prompt rests on.

const NEAR_S = 2; // a quote's time and its line's may differ by this

/** The line's text in parts, those that a quote of {phrase, speaker, at, priority} names with that priority. */
export function marks(line, quotes) {
  const spans = [];
  for (const { phrase, speaker, at, priority } of quotes) {
    if (speaker && speaker !== line.speaker) continue;
    if (at < line.start - NEAR_S || at > line.end + NEAR_S) continue;
    const start = line.text.indexOf(phrase);
    if (start >= 0) spans.push({ start, end: start + phrase.length, priority });
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
