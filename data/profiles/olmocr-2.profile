# olmOCR-2, such as allenai/olmOCR-2-7B-1025.
#
# The prompt is part of the model's interface: it was trained with these very
# words, as they are published in olmOCR's source, olmocr/prompts/prompts.py,
# function build_no_anchoring_v4_yaml_prompt, Apache-2.0, by AllenAI. Do not
# mend it, nor “LateX” in it.

[profile]
description=olmOCR-2 by AllenAI: Markdown, with tables as HTML and equations as LaTeX

[prompt]
user=Attached is one page of a document that you must process. Just return the plain text representation of this document as if you were reading it naturally. Convert equations to LateX and tables to HTML.\nIf there are any figures or charts, label them with the following markdown syntax ![Alt text describing the contents of the figure](page_startx_starty_width_height.png)\nReturn your output as markdown, with a front matter section on top specifying values for the primary_language, is_rotation_valid, rotation_correction, is_table, and is_diagram parameters.
order=text-first

[image]
format=image/png
longest=1288

[sampling]
temperature=0.1;0.1;0.2;0.3;0.5;0.8;0.9;1.0

[limits]
max-tokens=8000
max-context=16384

[request]
guided-regex=---\\nprimary_language: (?:[a-z]{2}|null)\\nis_rotation_valid: (?:True|False|true|false)\\nrotation_correction: (?:0|90|180|270)\\nis_table: (?:True|False|true|false)\\nis_diagram: (?:True|False|true|false)\\n(?:---|---\\n[\\s\\S]+)

[answer]
format=yaml-front-matter
rotation=counter-clockwise
