// The page of the server: sends pictures one after the other, and shows their masks. Nothing is kept on the server.

const element = (id) => document.getElementById(id);
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
/// Canvases on the page are no larger than this; downloads have the picture's own size.
const shownSide = 1600;

let model;
const entries = [];
let current;
let isRunning = false;
/// The class that is shown alone: chosen for good, or pointed at.
let chosen, hovered;

// MARK: Status

function say(text, isWrong = false) {
  const status = element("status");
  status.textContent = text;
  status.classList.toggle("wrong", isWrong);
}

const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

// MARK: Pictures in

function add(files) {
  const pictures = [...files].filter((file) => file.type.startsWith("image/") || file.type === "");
  if (pictures.length === 0) return say("That is not a picture.", true);
  for (const file of pictures) {
    const entry = { file, name: file.name.replace(/\.[^.]*$/, "") || "picture", state: "waiting" };
    addButton(entry);
    entries.push(entry);
  }
  element("pictures").hidden = false;
  if (model) run();
}

async function run() {
  if (isRunning) return;
  isRunning = true;
  for (let entry; (entry = entries.find(({ state }) => state === "waiting")); ) {
    entry.state = "running";
    say(`Segmenting ${entry.name} …`);
    try {
      await segment(entry);
      entry.state = "done";
      const { name, share } = entry.classes[0];
      say(`${entry.name}: mostly ${name} (${percent.format(share)}). ${entry.note ?? ""}`);
      show(entry);
    } catch (error) {
      entry.state = "failed";
      say(`${entry.name}: ${error.message}`, true);
    }
    label(entry);
  }
  isRunning = false;
}

async function segment(entry) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(entry.file, { imageOrientation: "from-image" });
  } catch {
    throw new Error("this browser cannot show it.");
  }
  entry.photo = scaled(bitmap, Math.min(1, shownSide / Math.max(bitmap.width, bitmap.height)));
  drawThumbnail(entry);
  const body = await fitting(entry, bitmap);
  bitmap.close();
  const answer = await post(body);
  entry.png = await answer.blob();
  entry.mask = await indices(await entry.png.arrayBuffer());
  const counts = new Uint32Array(65536);
  for (const index of entry.mask.values) counts[index]++;
  entry.classes = model.classes
    .map(({ index, name }) => ({ index, name, share: counts[index] / entry.mask.values.length }))
    .filter(({ share }) => share > 0)
    .sort((one, other) => other.share - one.share);
  entry.mask.found = entry.classes.map(({ index }) => index);
}

/// The file itself if the server takes it, else what the browser makes of it.
async function fitting(entry, bitmap) {
  const { bytes, pixels } = model.limits;
  const count = bitmap.width * bitmap.height;
  if (model.formats.includes(entry.file.type) && entry.file.size <= bytes && count <= pixels) return entry.file;
  let scale = Math.min(1, Math.sqrt(pixels / count));
  for (let attempt = 0; attempt < 6; attempt++, scale *= 0.7) {
    const canvas = scaled(bitmap, scale);
    const blob = await encoded(canvas, "image/jpeg", 0.92);
    if (blob && blob.size <= bytes) {
      if (scale < 1) entry.note = `${entry.name} was reduced to ${canvas.width} × ${canvas.height} pixels.`;
      return blob;
    }
  }
  throw new Error("it is too large for this server.");
}

async function post(body) {
  for (let attempt = 1; ; attempt++) {
    let answer;
    try {
      answer = await fetch("v1/segment", { method: "POST", headers: { Accept: "image/png" }, body });
    } catch {
      throw new Error("the server cannot be reached.");
    }
    if (answer.ok) return answer;
    const isBusy = answer.status === 429 || answer.status === 503;
    if (!isBusy || attempt === 5) {
      const problem = await answer.json().catch(() => ({ detail: `the server answered ${answer.status}.` }));
      throw new Error(problem.detail);
    }
    const seconds = Math.min(60, Number(answer.headers.get("Retry-After")) || 1);
    say(`The server is busy; trying again in ${seconds} s …`);
    await pause(seconds);
  }
}

/// The class indices of a gray PNG as the server writes it: rows without filters. Read here and not from a canvas, which
/// may change values, has 8 bits only, and is noisy where a browser protects from fingerprinting.
async function indices(buffer) {
  const view = new DataView(buffer);
  const parts = [];
  let width, height, depth;
  for (let at = 8; at + 12 <= view.byteLength; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...new Uint8Array(buffer, at + 4, 4));
    if (type === "IHDR") [width, height, depth] = [view.getUint32(at + 8), view.getUint32(at + 12), view.getUint8(at + 16)];
    if (type === "IDAT") parts.push(new Uint8Array(buffer, at + 8, length));
    at += 12 + length;
  }
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
  const rows = new Uint8Array(await new Response(stream).arrayBuffer());
  const sampleBytes = depth / 8;
  const stride = 1 + width * sampleBytes;
  const values = new (depth === 16 ? Uint16Array : Uint8Array)(width * height);
  if (rows.length !== stride * height) throw new Error("the mask is damaged.");
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    if (rows[row] !== 0) throw new Error("the mask has an unknown form.");
    for (let x = 0; x < width; x++) {
      const at = row + 1 + x * sampleBytes;
      values[y * width + x] = depth === 16 ? (rows[at] << 8) | rows[at + 1] : rows[at];
    }
  }
  return { width, height, values };
}

// MARK: Canvases

function scaled(picture, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.floor(picture.width * scale));
  canvas.height = Math.max(1, Math.floor(picture.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const encoded = (canvas, type, quality) => new Promise((done) => canvas.toBlob(done, type, quality));

/// Red, green, blue of a class; `null` for void, which hides nothing.
function channels(index) {
  if (index === model.void) return null;
  const color = model.classes[index]?.color ?? "#ff00ff";
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

/// Draws a mask in its colors; classes other than `only` are nearly invisible.
function drawMask(mask, canvas, only) {
  const table = new Uint8Array(4 * 65536);
  for (const index of mask.found) {
    const color = channels(index);
    if (color) table.set([...color, only === undefined || only === index ? 255 : 40], 4 * index);
  }
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  const columns = Uint32Array.from({ length: canvas.width }, (_, x) => Math.floor(((x + 0.5) * mask.width) / canvas.width));
  const [source, target] = [new Uint32Array(table.buffer), new Uint32Array(picture.data.buffer)];
  for (let y = 0, at = 0; y < canvas.height; y++) {
    const row = Math.floor(((y + 0.5) * mask.height) / canvas.height) * mask.width;
    for (let x = 0; x < canvas.width; x++) target[at++] = source[mask.values[row + columns[x]]];
  }
  context.putImageData(picture, 0, 0);
}

// MARK: List of pictures

function addButton(entry) {
  const button = document.createElement("button");
  button.type = "button";
  const thumbnail = document.createElement("canvas");
  [thumbnail.width, thumbnail.height] = [208, 128];
  button.append(thumbnail, document.createElement("span"), document.createElement("span"));
  button.addEventListener("click", () => entry.state === "done" && show(entry));
  element("pictures").append(button);
  entry.button = button;
  label(entry);
}

function label(entry) {
  const [name, state] = entry.button.querySelectorAll("span");
  name.textContent = entry.name;
  state.textContent = { waiting: "waits", running: "in work", failed: "failed", done: "" }[entry.state];
  state.classList.toggle("wrong", entry.state === "failed");
  entry.button.disabled = entry.state !== "done";
}

function drawThumbnail(entry) {
  const canvas = entry.button.querySelector("canvas");
  const { width, height } = entry.photo;
  const scale = Math.max(canvas.width / width, canvas.height / height);
  canvas.getContext("2d").drawImage(
    entry.photo, (canvas.width - scale * width) / 2, (canvas.height - scale * height) / 2, scale * width, scale * height);
  label(entry);
}

// MARK: One picture

function show(entry) {
  current = entry;
  chosen = hovered = undefined;
  for (const { button } of entries) button.removeAttribute("aria-current");
  entry.button.setAttribute("aria-current", "true");
  element("result").hidden = false;
  const { width, height } = entry.photo;
  for (const id of ["photo", "mask"]) [element(id).width, element(id).height] = [width, height];
  element("photo").getContext("2d").drawImage(entry.photo, 0, 0);
  element("stage").setAttribute("aria-label", `${entry.name} with its mask`);
  listClasses(entry);
  element("point").hidden = true;
  point = { x: 0.5, y: 0.5 };
  element("under").textContent = "";
  redraw();
}

function redraw() {
  if (current) drawMask(current.mask, element("mask"), hovered ?? chosen);
}

function listClasses(entry) {
  element("found").textContent = entry.classes.length === 1 ? "1 class" : `${entry.classes.length} classes`;
  element("classes").replaceChildren(...entry.classes.map(({ index, name, share }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.index = index;
    button.setAttribute("aria-pressed", "false");
    const swatch = document.createElement("canvas");
    swatch.width = swatch.height = 1;
    const [red, green, blue] = channels(index) ?? [0, 0, 0];
    swatch.getContext("2d").fillStyle = `rgb(${red} ${green} ${blue})`;
    swatch.getContext("2d").fillRect(0, 0, 1, 1);
    const [title, amount] = [document.createElement("span"), document.createElement("span")];
    title.textContent = name;
    amount.textContent = percent.format(share);
    button.append(swatch, title, amount);
    button.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && hover(index));
    button.addEventListener("pointerleave", () => hover(undefined));
    button.addEventListener("click", () => choose(chosen === index ? undefined : index));
    item.append(button);
    return item;
  }));
}

function hover(index) {
  hovered = index;
  redraw();
}

function choose(index) {
  chosen = index;
  hovered = undefined;
  for (const button of element("classes").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.index) === index));
  }
  redraw();
}

/// The place that is read, in 0...1 of the picture.
let point = { x: 0.5, y: 0.5 };

function read() {
  const { width, height, values } = current.mask;
  const [x, y] = [Math.min(width - 1, Math.floor(point.x * width)), Math.min(height - 1, Math.floor(point.y * height))];
  const found = current.classes.find(({ index }) => index === values[y * width + x]);
  const text = `${found.name}, ${percent.format(found.share)} of the picture`;
  if (element("under").textContent !== text) element("under").textContent = text;
  for (const button of element("classes").querySelectorAll("button")) {
    button.classList.toggle("under", Number(button.dataset.index) === found.index);
  }
  const marker = element("point");
  [marker.style.left, marker.style.top] = [`${100 * point.x}%`, `${100 * point.y}%`];
}

const within = (value) => Math.min(0.9999, Math.max(0, value));

function pointAt(event) {
  if (!current) return;
  const box = element("mask").getBoundingClientRect();
  point = { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) };
  element("point").hidden = event.pointerType === "mouse";
  read();
}

function moveByKey(event) {
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const move = moves[event.key];
  if (!move || !current) return;
  event.preventDefault();
  const { width, height } = current.mask;
  // A fortieth of the longer side, or with the shift key one pixel.
  const pixels = event.shiftKey ? 1 : Math.max(1, Math.max(width, height) / 40);
  point = { x: within(point.x + (move[0] * pixels) / width), y: within(point.y + (move[1] * pixels) / height) };
  element("point").hidden = false;
  read();
}

// MARK: Downloads

async function download(kind) {
  const { mask, name, file } = current;
  let blob = current.png;
  if (kind !== "mask") {
    const [colors, picture] = [document.createElement("canvas"), document.createElement("canvas")];
    for (const canvas of [colors, picture]) [canvas.width, canvas.height] = [mask.width, mask.height];
    drawMask(mask, colors);
    const context = picture.getContext("2d");
    if (kind === "overlay") {
      const photo = await createImageBitmap(file, { imageOrientation: "from-image" });
      context.drawImage(photo, 0, 0, mask.width, mask.height);
      photo.close();
      context.globalAlpha = element("opacity").value / 100;
    }
    context.drawImage(colors, 0, 0);
    blob = await encoded(picture, "image/png");
  }
  if (!blob) return say("The picture is too large for this browser to save.", true);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.${kind}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// MARK: Camera

/// Telephones have a better camera program than this page; elsewhere the page shows the camera itself.
const isTelephone = matchMedia("(pointer: coarse)").matches;
let stream;

async function openCamera() {
  if (isTelephone) return element("shot").click();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 }, height: { ideal: 1080 } } });
  } catch {
    return say("The camera cannot be used: the browser does not allow it, or there is none.", true);
  }
  element("video").srcObject = stream;
  element("viewfinder").showModal();
  await element("video").play();
}

function closeCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = undefined;
  element("viewfinder").close();
}

async function take() {
  const video = element("video");
  if (!video.videoWidth) return;
  const blob = await encoded(scaled(await createImageBitmap(video), 1), "image/jpeg", 0.95);
  closeCamera();
  add([new File([blob], `camera-${entries.length + 1}.jpg`, { type: "image/jpeg" })]);
}

// MARK: Start

for (const id of ["files", "shot"]) {
  element(id).addEventListener("change", ({ target }) => {
    add(target.files);
    target.value = "";
  });
}
element("camera").hidden = !isTelephone && !navigator.mediaDevices;
element("camera").addEventListener("click", openCamera);
element("take").addEventListener("click", take);
element("close").addEventListener("click", closeCamera);
element("viewfinder").addEventListener("cancel", closeCamera);

document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", ({ relatedTarget }) => {
  if (!relatedTarget) document.body.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  add(event.dataTransfer.files);
});
document.addEventListener("paste", ({ clipboardData }) => {
  if (clipboardData.files.length > 0) add(clipboardData.files);
});

element("opacity").addEventListener("input", ({ target }) => (element("mask").style.opacity = target.value / 100));
element("mask").style.opacity = element("opacity").value / 100;
element("stage").addEventListener("pointermove", pointAt);
element("stage").addEventListener("pointerdown", pointAt);
element("stage").addEventListener("keydown", moveByKey);
for (const button of document.querySelectorAll("[data-download]")) {
  button.addEventListener("click", () => download(button.dataset.download));
}

try {
  const answer = await fetch("v1/model");
  if (!answer.ok) throw new Error();
  model = await answer.json();
  const count = model.parameters.toLocaleString("en");
  element("network").textContent =
    `${model.network}, ${count} parameters, ${model.classes.length} classes. Pictures are computed on the `
    + "server and not kept.";
  run();
} catch {
  element("network").textContent = "";
  say("The server cannot be reached; load this page again.", true);
}
