/// <reference lib="dom" />
/**
 * The page's elements. Text is written into the text node that is there, and only if it differs: selections and focus
 * stay.
 */

export type Tone = "" | "is-good" | "is-warning" | "is-error";

/** An element of page.html. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

export function write(element: HTMLElement, text: string): void {
  const node = element.firstChild;
  if (node === null) {
    if (text !== "") element.append(text);
  } else if (node.nodeValue !== text) node.nodeValue = text;
}

export function set(id: string, text: string): void {
  write(byId(id), text);
}

export function show(element: HTMLElement, isShown: boolean): void {
  if (element.hidden === isShown) element.hidden = !isShown;
}

export function attribute(element: HTMLElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function tone(element: HTMLElement, tone: Tone): void {
  for (const name of ["is-good", "is-warning", "is-error"]) element.classList.toggle(name, name === tone);
}

export function make<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
