// Many messages, one painting: asks for a frame once and paints then. A hidden tab gets no frames and so costs nothing.

export class Painter {
  constructor(paint) {
    this.paint = paint;
    this.view = window;
    this.asked = 0;
  }

  /** Something has changed. */
  request() {
    if (this.asked) return;
    this.asked = this.view.requestAnimationFrame(() => {
      this.asked = 0;
      this.paint();
    });
  }

  /** Frames come from this window from now on: a floating one lives on while the tab is hidden. */
  paintWith(view) {
    if (this.asked) this.view.cancelAnimationFrame(this.asked);
    this.asked = 0;
    this.view = view;
    this.request();
  }
}

/** Brings every part up to date; one that fails is reported and does not keep the others from being painted. */
export function updateAll(parts, view) {
  for (const part of parts) {
    try {
      part.update(view);
    } catch (error) {
      reportError(error);
    }
  }
}
