// Runs in a page of the report and writes down what somebody could not read, reach or tell apart.
(() => {
  const faults = [];
  const say = (what, one) => {
    faults.push(
      `${what}: <${one.tagName.toLowerCase()} class="${one.className}"> ${(one.textContent ?? "").slice(0, 40)}`,
    );
  };
  const isShown = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility !== "hidden";
  // Colours as sRGB, and how far text stands off its ground (WCAG 2.2, 1.4.3).
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r = 0, g = 0, b = 0]) => {
    const part = (value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (one) => {
    for (let at = one; at !== null; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) > 0) return colour;
    }
    return [255, 255, 255];
  };
  // What is painted last of all that is painted before a text and reaches behind its middle.
  const shapeBehind = (text) => {
    const { x, y, width, height } = text.getBoundingClientRect();
    const holds = (box) =>
      box.left <= x + width / 2 &&
      box.right >= x + width / 2 &&
      box.top <= y + height / 2 &&
      box.bottom >= y + height / 2;
    const isBefore = (one) => (one.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
    return [...(text.closest("svg")?.querySelectorAll("path,rect") ?? [])]
      .filter((one) => isBefore(one) && getComputedStyle(one).fill !== "none" && holds(one.getBoundingClientRect()))
      .at(-1);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const one = node.parentElement;
    if (one === null || seen.has(one) || (node.nodeValue ?? "").trim() === "" || !isShown(one)) continue;
    seen.add(one);
    const style = getComputedStyle(one);
    const isGraphic = one instanceof SVGElement;
    const box = isGraphic ? shapeBehind(one) : null;
    const [front, back] = [
      channels(isGraphic ? style.fill : style.color),
      box ? channels(getComputedStyle(box).fill) : ground(one),
    ];
    const [a, b] = [light(front), light(back)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) say(`contrast ${contrast.toFixed(2)}`, one);
  }
  // Whatever can be reached has a name, and stands where it is read.
  const nameOf = (one) => {
    const by = (one.getAttribute("aria-labelledby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.textContent);
    const label = one.closest("label")?.textContent;
    return (
      [one.getAttribute("aria-label"), ...by, label, one.textContent].find((text) => (text ?? "").trim() !== "") ?? ""
    );
  };
  const reached = [...document.querySelectorAll("a[href],button,input,select,summary,[tabindex]")].filter(isShown);
  for (const one of reached) {
    if (nameOf(one).trim() === "") say("no name", one);
    if (one.tabIndex > 0) say("an order of its own", one);
  }
  for (const one of document.querySelectorAll("a[href]")) {
    const id = (one.getAttribute("href") ?? "").slice(1);
    if (document.getElementById(id) === null) say("leads nowhere", one);
  }
  // What scrolls can be scrolled with keys.
  for (const one of document.querySelectorAll("main *")) {
    const style = getComputedStyle(one);
    const scrolls = /auto|scroll/.test(style.overflowX + style.overflowY) && one.scrollWidth > one.clientWidth + 1;
    if (scrolls && one.tabIndex < 0 && isShown(one)) say("scrolls without keys", one);
  }
  let level = 0;
  for (const one of document.querySelectorAll("h1,h2,h3,h4")) {
    const next = Number(one.tagName.slice(1));
    if (next > level + 1) say(`a heading ${next} behind ${level}`, one);
    if (one.closest("dialog") === null) level = next;
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index)))
    faults.push(`two elements are ${id}`);
  for (const one of document.querySelectorAll("th")) if (!one.hasAttribute("scope")) say("a head of nothing", one);
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main part");
  if (document.documentElement.scrollWidth > window.innerWidth + 1)
    faults.push(`the page is ${document.documentElement.scrollWidth} wide in ${window.innerWidth}`);
  // Lists are read on a phone without moving them aside.
  const list = document.querySelector(".findings")?.parentElement;
  if (window.innerWidth <= 600 && list && list.scrollWidth > list.clientWidth + 1) say("wider than a phone", list);
  // Where a picture leads to is shown, also where it was closed.
  for (const one of document.querySelectorAll("svg a[href]")) {
    const target = document.getElementById((one.getAttribute("href") ?? "").slice(1));
    if (target === null || target.closest("section") !== one.closest("section")) say("leads elsewhere", one);
    if ((one.getAttribute("aria-label") ?? "") === "") say("does not say where it leads", one);
  }
  // Keys alone: an arrow moves in the table, a cell opens its request, which closes again.
  const cells = [...document.querySelectorAll(".heat td button")];
  const dialog = document.querySelector("dialog");
  const [first] = cells;
  if (first !== undefined && dialog !== null) {
    if (cells.filter(({ tabIndex }) => tabIndex === 0).length !== 1)
      faults.push("more than one cell is in the order of keys");
    first.focus();
    for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"])
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    if (!(document.activeElement instanceof HTMLButtonElement)) faults.push("arrow keys lose the focus");
    if (cells.length > 1 && cells.filter(({ tabIndex }) => tabIndex === 0).length !== 1)
      faults.push("arrow keys leave two cells");
    first.click();
    if (!dialog.open || (document.getElementById("shown-question")?.textContent ?? "") === "")
      faults.push("a cell shows no request");
    dialog.querySelector("button")?.click();
    if (dialog.open) faults.push("the request does not close");
  }
  const filter = document.querySelector("#filter-text");
  if (filter !== null) {
    filter.value = "no finding has this";
    filter.dispatchEvent(new Event("input"));
    const left = [...document.querySelectorAll("#posture tbody tr")].filter(isShown).length;
    if (left > 0 || !/^0 of /.test(document.getElementById("filter-count")?.textContent ?? ""))
      faults.push("the filter leaves rows");
    filter.value = "";
    filter.dispatchEvent(new Event("input"));
  }
  const told = document.createElement("pre");
  told.id = "told";
  told.textContent = encodeURIComponent(
    JSON.stringify({
      faults: faults.slice(0, 40),
      paintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    }),
  );
  document.body.append(told);
})();
