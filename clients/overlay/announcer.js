// Says each new card once to screen readers: politely, except compliance, which may interrupt.

import { setText } from "../shared/dom.js";
import { inLanguage } from "../shared/words.js";

export class Announcer {
  constructor(polite, assertive) {
    this.polite = polite;
    this.assertive = assertive;
    this.said = null;
  }

  update({ card, say, language }) {
    if ((card?.id ?? null) === this.said) return;
    this.said = card?.id ?? null;
    const text = card ? `${say(`kind.${card.kind}`)}${language === "zh" ? "：" : ": "}${inLanguage(card.text, language)}` : "";
    const urgent = card?.kind === "P0";
    setText(this.assertive, urgent ? text : "");
    setText(this.polite, urgent ? "" : text);
  }
}
