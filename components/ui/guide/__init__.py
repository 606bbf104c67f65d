"""The guide: a lesson in cards above the live view of a page, the position in it, and what a student has done."""
