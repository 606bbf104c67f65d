"""Filters the Korean texts that classroom-bert-ko and classroom-gpt-ko learned from: they are not part of the project.

    python prepare_korean.py --reviews raw --chat ChatbotData.csv --drop words.txt --out korean.json

`raw` is the folder of that name of github.com/e9t/nsmc, `ChatbotData.csv` is of github.com/songys/Chatbot_data. The
file of words to drop (one a line) is not here: words of abuse, of sex and of politics, names of politicians.
"""
import argparse
import csv
import json
import random
import re
from pathlib import Path

HANGUL, JAMO = re.compile(r"[가-힣]"), re.compile(r"[ㄱ-ㅎㅏ-ㅣ]")
UNWANTED = re.compile(r"[A-Za-z]{3,}|http|[一-龥]|(.)\1{3,}|[@#<>\[\]{}|\\^_`]")
ENDINGS = "다|요|죠|네|임|음|듯|함|지"


def tidy(text):
    """Close a review with one full stop, or return None if it is no clean Korean sentence."""
    text = re.sub(r"\s+", " ", text).strip()
    hangul, spaces = len(HANGUL.findall(text)), text.count(" ")
    if not 12 <= len(text) <= 140 or hangul < 0.62 * len(text) or spaces < 2 or hangul / (spaces + 1) > 6.5:
        return None
    if JAMO.search(text) or UNWANTED.search(text) or not re.search(rf"([.!?]|{ENDINGS}|까)$", text):
        return None
    text = re.sub(r"([.!?~,])\1+", r"\1", text).replace("~", "")
    text = re.sub(r"\s+([.,!?])", r"\1", text)
    return re.sub("까$", "까?", re.sub(rf"({ENDINGS})$", r"\1.", text))


def reviews_of(folder, dropped):
    kept, seen = [], set()
    for path in sorted(Path(folder).glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            text = row.get("review") or ""
            text = None if dropped.search(text) else tidy(text)
            spelled = re.sub("[^가-힣]", "", text or "")
            if text and spelled not in seen:
                seen.add(spelled)
                kept.append((text, int(row.get("rating") or 0)))
    return kept


def chat_of(path, dropped):
    made = []
    with open(path, encoding="utf-8") as file:
        for row in csv.DictReader(file):
            question, answer = row["Q"].strip(), row["A"].strip()
            if not dropped.search(question + answer):
                asks = re.search("(까|니|나|지|어|냐|게)$", question)
                question += "" if question[-1] in ".!?" else "?" if asks else "."
                made.append(f"{question} {answer}" + ("" if answer[-1] in ".!?" else "."))
    return made


a = argparse.ArgumentParser()
a.add_argument("--reviews", required=True)
a.add_argument("--chat", required=True)
a.add_argument("--drop", required=True)
a.add_argument("--out", default="korean.json")
args = a.parse_args()
dropped = re.compile("|".join(map(re.escape, Path(args.drop).read_text(encoding="utf-8").split())))
reviews = reviews_of(args.reviews, dropped)
random.Random(0).shuffle(reviews)
chat = chat_of(args.chat, dropped)
print(len(reviews), "reviews,", len(chat), "conversations")
Path(args.out).write_text(json.dumps({"reviews": reviews, "chat": chat}, ensure_ascii=False), encoding="utf-8")
