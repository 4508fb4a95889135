// What pages do besides showing: values under the pointer, sorting, sliders, renewal. Everything can be read without
// it.
(function () {
'use strict';
function each(selector, action, within) {
  Array.prototype.forEach.call((within || document).querySelectorAll(selector), action);
}
function make(name, text, parent) {
  var element = document.createElement(name);
  if (text) { element.textContent = text; }
  if (parent) { parent.appendChild(element); }
  return element;
}
var key = 'tessera ' + location.pathname, kept = {};
try { kept = JSON.parse(sessionStorage.getItem(key)) || {}; } catch (error) { kept = {}; }
function keep(name, value) {
  kept[name] = value;
  try { sessionStorage.setItem(key, JSON.stringify(kept)); } catch (error) { return; }
}


// The pointer, or the arrow keys on a chart that has the focus, choose a place; the nearest value of each line is
// shown.
each('.tc-hover', function (area) {
  var svg = area.ownerSVGElement, figure = svg.parentNode, lines = JSON.parse(area.dataset.series);
  var low = +area.dataset.low, high = +area.dataset.high, unit = area.dataset.unit;
  var left = +area.getAttribute('x'), top = +area.getAttribute('y');
  var width = +area.getAttribute('width'), height = +area.getAttribute('height');
  var tip = null, cursor = null, chosen = -1;
  var places = [];
  lines.forEach(function (line) {
    line.points.forEach(function (point) { if (places.indexOf(point[0]) < 0) { places.push(point[0]); } });
  });
  places.sort(function (a, b) { return a - b; });
  function nearest(points, x) {
    var best = null;
    points.forEach(function (point) {
      if (best === null || Math.abs(point[0] - x) < Math.abs(best[0] - x)) { best = point; }
    });
    return best;
  }
  function hide() {
    if (tip) { tip.remove(); cursor.remove(); }
    tip = cursor = null;
    chosen = -1;
  }
  function show(x) {
    if (!tip) {
      tip = make('div', '', figure);
      tip.className = 'tip';
      tip.setAttribute('role', 'status');
      cursor = document.createElementNS(svg.namespaceURI, 'path');
      cursor.setAttribute('class', 'tc-cursor');
      svg.appendChild(cursor);
    }
    var place = high > low ? left + (x - low) / (high - low) * width : left + width / 2;
    cursor.setAttribute('d', 'M' + place + ' ' + top + 'v' + height);
    tip.textContent = '';
    make('b', unit + ' ' + x, tip);
    lines.forEach(function (line) {
      var point = nearest(line.points, x);
      // A line that has nothing near this place shows nothing.
      if (point && Math.abs(point[0] - x) <= Math.max((high - low) / 40, 0.5)) {
        make('div', line.name + ' ' + point[1], tip);
      }
    });
    var scale = svg.clientWidth / svg.viewBox.baseVal.width, at = place * scale;
    var room = figure.clientWidth, wide = tip.offsetWidth;
    tip.style.left = Math.max(0, at + 12 + wide > room ? at - 12 - wide : at + 12) + 'px';
    tip.style.top = top * scale + 4 + 'px';
  }
  function point(event) {
    var box = area.getBoundingClientRect();
    var x = low + (event.clientX - box.left) / box.width * (high - low), best = places[0];
    places.forEach(function (place) { if (Math.abs(place - x) < Math.abs(best - x)) { best = place; } });
    chosen = places.indexOf(best);
    show(best);
  }
  if (!places.length) { return; }
  area.addEventListener('pointermove', point);
  area.addEventListener('pointerdown', point);
  area.addEventListener('pointerleave', hide);
  svg.setAttribute('tabindex', '0');
  svg.addEventListener('blur', hide);
  svg.addEventListener('keydown', function (event) {
    var step = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === 'Escape') { return hide(); }
    if (event.key === 'Home') { chosen = 0; } else if (event.key === 'End') { chosen = places.length - 1; }
    else if (!step) { return; }
    else if (chosen < 0) { chosen = step > 0 ? 0 : places.length - 1; }
    else { chosen = Math.min(places.length - 1, Math.max(0, chosen + step)); }
    event.preventDefault();
    show(places[chosen]);
  });
});

each('table', function (table, number) {
  var headings = table.querySelectorAll('th[data-sort]'), body = table.tBodies[0];
  function value(row, column) {
    var cell = row.cells[column], text = cell.dataset.value;
    return text === undefined ? cell.textContent.trim().toLowerCase() : +text;
  }
  function sort(column, direction) {
    var rows = Array.prototype.slice.call(body.rows), sign = direction === 'ascending' ? 1 : -1;
    rows.sort(function (a, b) {
      var x = value(a, column), y = value(b, column);
      return x < y ? -sign : x > y ? sign : 0;
    });
    rows.forEach(function (row) { body.appendChild(row); });
    Array.prototype.forEach.call(headings, function (heading) { heading.removeAttribute('aria-sort'); });
    table.tHead.rows[0].cells[column].setAttribute('aria-sort', direction);
  }
  Array.prototype.forEach.call(headings, function (heading) {
    var text = heading.textContent;
    heading.textContent = '';
    make('button', text, heading).addEventListener('click', function () {
      var column = heading.cellIndex, isNumber = heading.classList.contains('n');
      var first = isNumber ? 'descending' : 'ascending', second = isNumber ? 'ascending' : 'descending';
      var direction = heading.getAttribute('aria-sort') === first ? second : first;
      sort(column, direction);
      keep('sort' + number, [column, direction]);
    });
  });
  var before = kept['sort' + number];
  if (before && headings.length && before[0] < table.tHead.rows[0].cells.length) { sort(before[0], before[1]); }
});

var touched = 0;
each('.compare input', function (slider, number) {
  function move() {
    slider.parentNode.style.setProperty('--split', slider.value + '%');
    slider.setAttribute('aria-valuetext', 'truth on the left ' + slider.value + ' %');
  }
  if (kept['split' + number]) { slider.value = kept['split' + number]; }
  slider.addEventListener('input', function () {
    touched = Date.now();
    move();
    keep('split' + number, slider.value);
  });
  move();
});
each('.ranking[data-classes] .picture', function (picture) {
  var names = JSON.parse(picture.closest('.ranking').dataset.classes), here = picture.querySelector('.here');
  var box = picture.querySelector('.compare'), masks = {};
  function pixels(style) {
    if (!masks[style]) {
      var image = box.querySelector('.' + style), canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      masks[style] = canvas.getContext('2d', { willReadFrequently: true });
      masks[style].drawImage(image, 0, 0);
    }
    return masks[style];
  }
  function name(style, event) {
    var frame = box.getBoundingClientRect(), mask = pixels(style);
    var x = Math.floor((event.clientX - frame.left) / frame.width * mask.canvas.width);
    var y = Math.floor((event.clientY - frame.top) / frame.height * mask.canvas.height);
    return names[Array.prototype.slice.call(mask.getImageData(x, y, 1, 1).data, 0, 3).join(',')] || 'unknown';
  }
  box.addEventListener('pointermove', function (event) {
    here.textContent = 'here: ' + name('truth', event) + ', predicted ' + name('guess', event);
  });
  box.addEventListener('pointerleave', function () { here.textContent = ''; });
});
each('.strength input', function (slider) {
  function move() { document.body.style.setProperty('--strength', slider.value / 100); }
  if (kept.strength) { slider.value = kept.strength; }
  slider.addEventListener('input', function () { touched = Date.now(); move(); keep('strength', slider.value); });
  move();
});
each('.strength button', function (button) {
  function show(shown) {
    each('.views', function (views) { views.classList.toggle('shown', shown); });
    button.setAttribute('aria-pressed', shown ? 'true' : 'false');
    button.textContent = shown ? 'Hide single pictures' : 'Show single pictures and errors';
  }
  button.addEventListener('click', function () { show(!kept.views); keep('views', !kept.views); });
  show(Boolean(kept.views));
});

each('.command button', function (button) {
  if (!navigator.clipboard) { button.style.display = 'none'; return; }
  button.addEventListener('click', function () {
    navigator.clipboard.writeText(button.parentNode.querySelector('code').dataset.command).then(function () {
      button.textContent = 'Copied';
      setTimeout(function () { button.textContent = 'Copy'; }, 1500);
    });
  });
});
each('details', function (details, number) {
  if (kept['open' + number]) { details.open = true; }
  details.addEventListener('toggle', function () { keep('open' + number, details.open); });
});
var opened = [];
addEventListener('beforeprint', function () {
  opened = Array.prototype.filter.call(document.querySelectorAll('details'), function (one) { return !one.open; });
  opened.forEach(function (details) { details.open = true; });
});
addEventListener('afterprint', function () { opened.forEach(function (details) { details.open = false; }); });


// The page of an unfinished run is reloaded from time to time, at the same scroll position, but not while somebody is
// using it.
var root = document.documentElement, seconds = +root.dataset.renewal;
if (kept.scroll) { scrollTo(0, kept.scroll); keep('scroll', 0); }
if (seconds) {
  var age = (Date.now() - Date.parse(root.dataset.updated)) / 1000;
  each('.renewal', function (note) {
    var epoch = +note.dataset.epoch;
    if (age > Math.max(120, 3 * epoch)) {
      note.textContent = 'Nothing new for ' + Math.round(age / 60) + ' min: the run may have been killed.';
    }
  });
  setInterval(function () {
    if (document.hidden || Date.now() - touched < 10000) { return; }
    keep('scroll', scrollY);
    location.reload();
  }, 1000 * seconds);
}

}());
