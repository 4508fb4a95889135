"""Makes a table of the lines that the scripts onnx_import.py, onnx_keras.py and onnx_paddle.py keep in results.tsv.

    python3 scripts/verify/onnx_table.py FOLDER/results.tsv...

For each network: its sizes, the largest logit, and the largest difference to ONNX Runtime, absolute and as a part of the
largest logit. Where that is above 1e-4, the table also says how far ONNX Runtime is from itself without optimizing. Exits
with 1 if a difference is above both.
"""
import re
import sys
from pathlib import Path

rows, faults = {}, []
for path in sys.argv[1:]:
    for line in Path(path).read_text().splitlines():
        name, *rest = line.split("\t")
        if len(rest) == 5:
            version, size, *numbers = rest
            name = re.sub(r"-\d+x\d+$", "", name)  # exported for each size
            rows.setdefault((name, version), []).append((size.replace(" ", ""), *map(float, numbers)))
        else:
            faults.append(f"- {name}: {' '.join(rest)}")
print("| network | opset | sizes | largest logit | difference | relative |\n|---|---|---|---|---|---|")
is_far = False
for (name, version), parts in sorted(rows.items()):
    sizes, logits, differences, spreads = zip(*parts)
    relative = max(difference / logit for difference, logit in zip(differences, logits))
    own = ""
    if max(differences) > 1e-4:
        own = f" (ONNX Runtime itself: {max(spreads):.1e})"
        is_far = is_far or any(difference > max(1e-4, 2 * spread) for difference, spread in zip(differences, spreads))
    print(f"| {name} | {version} | {', '.join(sizes)} | {max(logits):.1f} | {max(differences):.1e}{own} | {relative:.1e} |")
print("\n".join(["", *faults]))
sys.exit(is_far)
