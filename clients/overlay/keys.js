// Keys for the card on the stage. They can be switched off (WCAG 2.1.4) and stay out of the way of typing.

const KEYS = {
  Enter: "acknowledge", Escape: "dismiss", h: "helped", n: "not_helped", p: "pin", e: "evidence",
};
// With a Chinese input method on, letters arrive as "Process"; the place of the key still tells which it was.
const PLACES = { KeyH: "h", KeyN: "n", KeyP: "p", KeyE: "e" };

/** The action of a key event, or null. */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (typing) return null;
  const key = event.key === "Process" ? PLACES[event.code] : event.key;
  if (key === "Enter" && event.target.closest?.("button, a, summary")) return null; // it presses that
  return KEYS[key?.length === 1 ? key.toLowerCase() : key] ?? null;
}

export class Keys {
  /** `does`: action name -> what to do. */
  constructor(preferences, does) {
    this.preferences = preferences;
    this.does = does;
  }

  listen(target) {
    target.addEventListener("keydown", (event) => {
      const action = this.preferences.values.shortcuts ? actionOf(event) : null;
      if (!action) return;
      event.preventDefault();
      this.does[action]();
    });
  }
}
