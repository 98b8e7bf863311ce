// What the page was opened with: the token, out of sight at once, and what this window remembers across a reload.

/** The token of the address's fragment, else the one this window had before it was reloaded; "" for none. */
export function takeToken(page) {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(`${page}.token`, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return given ?? sessionStorage.getItem(`${page}.token`) ?? "";
}

/** A JSON value kept under `key` in `store`; `fallback` where there is none or storage is closed to us. */
export function recall(store, key, fallback) {
  try {
    return JSON.parse(store.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

/** Keeps a JSON value; a full or closed store loses it, which is no reason to stop. */
export function remember(store, key, value) {
  try {
    store.setItem(key, JSON.stringify(value));
  } catch { /* the page works without memory */ }
}
