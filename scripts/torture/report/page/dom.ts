/** Elements by name and type, and new ones. Texts are set as texts: nothing of a run becomes markup. */
export function find<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`no element #${id} of that type`);
  return element;
}

export function has(id: string): boolean {
  return document.getElementById(id) !== null;
}

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text = '',
  className = '',
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.textContent = text;
  if (className !== '') element.className = className;
  return element;
}

export function button(text: string, title: string, onClick: () => void): HTMLButtonElement {
  const element = make('button', text);
  element.type = 'button';
  element.title = title;
  element.addEventListener('click', onClick);
  return element;
}

/** A list of names and texts; names that start with a star take the whole width. */
export function definitions(entries: readonly (readonly [string, string])[]): HTMLDListElement {
  const list = make('dl');
  for (const [name, text] of entries) {
    const group = make('div');
    if (name.startsWith('*')) group.className = 'wide';
    group.append(make('dt', name.replace('*', '')), make('dd', text));
    list.append(group);
  }
  return list;
}
