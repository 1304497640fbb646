# For a model that no other profile is for.

[profile]
description=any vision-language model: Markdown, with tables as HTML and equations as LaTeX

[prompt]
user=Write down the text of this page in reading order, as Markdown. Write tables as HTML and equations as LaTeX. Write nothing but what is on the page: no introduction, no comments and no code fence around it.
order=text-first

[image]
format=image/png
longest=1288

[sampling]
temperature=0;0.2;0.4;0.6;0.8

[limits]
max-tokens=8000

[answer]
format=plain
rotation=none
