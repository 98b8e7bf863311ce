// The overlay in a window of its own that stays on top (Document Picture-in-Picture), where the browser has it.

import { icon } from "../shared/icons.js";

const WIDTH = 380;
const HEIGHT = 560;

export class FloatingWindow {
  constructor(root, button, painter) {
    this.root = root;
    this.painter = painter;
    this.view = null;
    this.onWindow = () => {};
    this.note = document.querySelector(".floating-note");
    button.hidden = !("documentPictureInPicture" in window);
    button.append(icon("float"));
    button.addEventListener("click", () => (this.view ? this.view.close() : this.#open()));
  }

  async #open() {
    this.view = await documentPictureInPicture.requestWindow({ width: WIDTH, height: HEIGHT });
    const page = this.view.document;
    this.dress();
    for (const sheet of document.querySelectorAll('link[rel="stylesheet"]')) {
      const link = page.createElement("link");
      link.rel = "stylesheet";
      link.href = sheet.href;
      page.head.append(link);
    }
    page.body.classList.add("floating");
    page.body.append(this.root);
    this.note.hidden = false;
    this.view.addEventListener("pagehide", () => this.#close());
    this.onWindow(this.view);
    this.painter.paintWith(this.view);
  }

  /** The floating window has the page's language and theme. */
  dress() {
    if (!this.view) return;
    const { documentElement: root } = this.view.document;
    root.lang = document.documentElement.lang;
    root.dataset.theme = document.documentElement.dataset.theme;
    this.view.document.title = document.title;
  }

  #close() {
    this.view = null;
    this.note.hidden = true;
    document.body.append(this.root);
    this.painter.paintWith(window);
  }
}
