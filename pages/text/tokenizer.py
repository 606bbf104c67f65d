from components.tokenizer import view

view.page()
