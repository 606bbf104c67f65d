from components.tokenizer.views import page

page.page()
