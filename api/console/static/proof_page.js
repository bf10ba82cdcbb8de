// The proof page: takes what was pasted or opened, asks proof.js, and shows each step. All words stand in the page.
import { checkEvent, checkKept, toHex } from "./proof.js";

const page = document.querySelector("#proof-page");
const inputs = Object.fromEntries([...page.querySelectorAll("textarea")].map((area) => [area.name, area]));
const within = (selector, root = page) => root.querySelector(selector);

// Of this site: what a comparison with a checkpoint kept outside needs.
const site = {
  checkpoint: async () => (await fetched("/seal/checkpoint"))?.text() ?? null,
  tile: async (path) => {
    const answer = await fetched(`/seal/${path}`);
    return answer && new Uint8Array(await answer.arrayBuffer());
  },
};

async function fetched(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? answer : null;
  } catch {
    return null;
  }
}

let round = 0;

async function show() {
  const mine = ++round;
  const texts = Object.fromEntries(Object.entries(inputs).map(([name, area]) => [name, ended(area.value)]));
  const isEmpty = !texts.event && !texts.proof;
  within(".results").hidden = isEmpty;
  if (isEmpty) return showVerdict("empty");
  const result = checkEvent(texts);
  const steps = [...result.steps];
  if (texts.kept && result.checkpoint) steps.push(await checkKept(texts.kept, result, site));
  // What was typed meanwhile has its own round.
  if (mine !== round) return;
  for (const box of page.querySelectorAll("[data-step]")) {
    showStep(box, steps.find((step) => step.name === box.dataset.step));
  }
  showEvent(result);
  showVerdict(verdictOf(steps));
}

// A text that cannot be read proves nothing, and disproves nothing either.
function verdictOf(steps) {
  const failed = steps.find((step) => step.isRight === false);
  return failed ? (failed.name === "read" ? "unreadable" : "wrong") : "right";
}

// A text pasted without its last newline is still the same note.
function ended(text) {
  return text.trim() === "" ? "" : text.replace(/\n*$/, "\n");
}

function showVerdict(verdict) {
  for (const box of page.querySelectorAll("[data-verdict]")) box.hidden = box.dataset.verdict !== verdict;
}

function showStep(box, step) {
  box.hidden = !step;
  if (!step) return;
  box.className = { true: "right", false: "wrong", null: "unknown" }[step.isRight];
  const codes = [step.code, step.input && `in_${step.input}`];
  for (const words of box.querySelectorAll("[data-code]")) words.hidden = !codes.includes(words.dataset.code);
  for (const value of box.querySelectorAll("[data-value]")) {
    value.textContent = step[value.dataset.value] ?? "—";
    value.classList.toggle("differs", step.isRight === false);
  }
  if (step.path) showPath(within("tbody", box), step.path);
  if (step.signers) showSigners(box, step);
}

function showPath(body, path) {
  body.replaceChildren(
    ...path.map(({ sibling, isLeft, reached }, nth) => {
      const [left, right] = [page.dataset.onLeft, page.dataset.onRight];
      return row([nth + 1, isLeft ? left : right, toHex(sibling), toHex(reached)]);
    }),
  );
}

function showSigners(box, step) {
  within("[data-origin]", box).textContent = step.checkpoint.origin;
  within("[data-size]", box).textContent = step.checkpoint.size;
  within("tbody", box).replaceChildren(
    ...step.signers.map((one) => {
      const isValid = one.kind === null ? "—" : page.dataset[one.isRight ? "valid" : "invalid"];
      const at = instant(one.at === null ? null : one.at * 1_000_000n);
      return row([one.name, one.id, page.dataset[one.kind ?? "nobody"], at, isValid]);
    }),
  );
  const isOwn = inputs.keys.value !== inputs.keys.defaultValue || inputs.keys.value === "";
  within("[data-borrowed]", box).hidden = isOwn;
}

// What the hashed bytes say, and nothing else: not what the file says beside them.
function showEvent(result) {
  const says = result.steps.find((step) => step.name === "bytes")?.says;
  within(".says").hidden = !says;
  if (!says) return;
  const topic = within(`[data-topic="${CSS.escape(says.topic)}"]`);
  const shown = { ...says, recordedAt: instant(says.recordedAt), tags: listed(says.tags) || "—", key: says.key || "—" };
  shown.topic = topic ? `${topic.textContent} · ${says.topic}` : says.topic;
  for (const value of within(".says").querySelectorAll("[data-says]")) value.textContent = shown[value.dataset.says];
  const payload = new TextDecoder().decode(result.event.payload);
  within("[data-payload]").textContent = payload;
  within(".says tbody").replaceChildren(...fields(payload).map(([name, value]) => row([name, value])));
}

function fields(payload) {
  try {
    const entries = Object.entries(JSON.parse(payload));
    return entries.map(([name, value]) => [name, Array.isArray(value) ? listed(value) : value]);
  } catch {
    return [];
  }
}

function listed(values) {
  return values.join("\u3001");
}

function row(cells) {
  const made = document.createElement("tr");
  made.append(
    ...cells.map((cell) => {
      const td = document.createElement("td");
      td.textContent = cell;
      return td;
    }),
  );
  return made;
}

// Microseconds since 1970 as clocks in the office show it.
function instant(microseconds) {
  if (microseconds === null) return "—";
  const milliseconds = Number(microseconds / 1000n);
  const format = { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium", hourCycle: "h23" };
  return Math.abs(milliseconds) < 8.64e15 ? new Date(milliseconds).toLocaleString("sv-SE", format) : String(microseconds);
}

for (const area of Object.values(inputs)) area.addEventListener("input", show);
for (const opener of page.querySelectorAll("input[type=file]")) {
  opener.addEventListener("change", async () => {
    const [file] = opener.files;
    if (file) inputs[opener.dataset.into].value = await file.text();
    await show();
  });
}
show();
