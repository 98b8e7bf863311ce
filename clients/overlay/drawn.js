// Tells the server that a card is on the screen, so that what it measures ends where the agent's eye begins.

export class DrawnReport {
  /** `send(message)` to the server; `painter` knows the window that is painted in. */
  constructor(send, painter) {
    this.send = send;
    this.painter = painter;
    this.last = null;
  }

  update({ card }) {
    if (!card?.rule || card.id === this.last) return;
    this.last = card.id;
    this.painter.view.requestAnimationFrame(() => this.send({ type: "shown", prompt: card.id }));
  }
}
