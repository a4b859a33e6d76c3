// Completion of table and column names in the editor of questions. The editor works without it.
// The names are read from the agreed tables beside it. While suggestions are shown, Down goes into them, Enter or Tab
// takes the one that is chosen, Escape puts them away; until one is chosen, every key does what it always does.
const editor = document.getElementById("sql");
const tables = new Map(
  [...document.querySelectorAll("[data-table]")].map((table) => [
    table.dataset.table,
    [...table.querySelectorAll("[data-column]")].map((column) => column.dataset.column),
  ]),
);
const WORDS = ["select", "from", "where", "group by", "order by", "count(*)", "count(distinct ", "avg(", "median(", "sum("];
const MOST = 8;

function wordBefore() {
  const before = editor.value.slice(0, editor.selectionStart);
  const found = /(?:([\w.]+)\.)?(\w*)$/.exec(before);
  return { owner: found[1] ?? "", word: found[2] };
}

// Which table a name before a dot stands for: itself, or what the question calls so.
function columnsOf(owner) {
  if (tables.has(owner)) return tables.get(owner);
  const named = /\b(?:from|join)\s+([\w.]+)\s+(?:as\s+)?(\w+)/gi;
  for (const [, table, alias] of editor.value.matchAll(named)) {
    if (alias.toLowerCase() === owner.toLowerCase() && tables.has(table)) return tables.get(table);
  }
  return null;
}

function candidates() {
  const { owner, word } = wordBefore();
  if (!owner && !word) return [];
  const known = owner ? (columnsOf(owner) ?? []) : [...tables.keys(), ...new Set([...tables.values()].flat()), ...WORDS];
  const begun = word.toLowerCase();
  const fit = known.filter((name) => name.toLowerCase().startsWith(begun) && name.toLowerCase() !== begun);
  return [...new Set(fit)].slice(0, MOST);
}

function begin() {
  const list = document.createElement("ul");
  list.id = "sql-suggestions";
  list.className = "cw-suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  const said = document.createElement("div");
  said.className = "govuk-visually-hidden";
  said.setAttribute("role", "status");
  editor.after(list, said);
  editor.setAttribute("aria-autocomplete", "list");
  editor.setAttribute("aria-controls", list.id);
  let chosen = -1;

  function close() {
    list.hidden = true;
    list.replaceChildren();
    chosen = -1;
    editor.removeAttribute("aria-activedescendant");
    said.textContent = "";
  }

  function show() {
    const found = candidates();
    close();
    if (!found.length) return;
    list.replaceChildren(
      ...found.map((name, place) => {
        const option = document.createElement("li");
        option.id = `sql-suggestion-${place}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = name;
        return option;
      }),
    );
    list.hidden = false;
    said.textContent = `${found.length} ${found.length === 1 ? "suggestion" : "suggestions"}, Down to choose`;
  }

  function choose(place) {
    const options = [...list.children];
    chosen = (place + options.length) % options.length;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === chosen)));
    editor.setAttribute("aria-activedescendant", options[chosen].id);
  }

  function take(option) {
    const end = editor.selectionStart;
    const start = end - wordBefore().word.length;
    editor.setRangeText(option.textContent, start, end, "end");
    close();
    editor.focus();
  }

  editor.addEventListener("input", show);
  editor.addEventListener("blur", () => setTimeout(close, 200));
  editor.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp" && chosen >= 0) choose(chosen - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) take(list.children[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the editor keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
}

if (editor && tables.size) begin();
